# What clients acknowledge in one turn lets each of them have its next results, however many they are, a few in a turn: nobody else waits for all of that.
broker lines=1 work=8
m1 joins as manager on line 0 workers=20 idle=20 room=20
a joins as client session=sa
a is silent
a > SUBMIT_BATCH uuid=ua flags=1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19"]
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
expect m1 < SUBMIT return_address=(nil,M1,4)
expect m1 < SUBMIT return_address=(nil,M1,5)
expect m1 < SUBMIT return_address=(nil,M1,6)
expect m1 < SUBMIT return_address=(nil,M1,7)
expect m1 < SUBMIT return_address=(nil,M1,8)
expect m1 < SUBMIT return_address=(nil,M1,9)
expect m1 < SUBMIT return_address=(nil,M1,10)
expect m1 < SUBMIT return_address=(nil,M1,11)
expect m1 < SUBMIT return_address=(nil,M1,12)
expect m1 < SUBMIT return_address=(nil,M1,13)
expect m1 < SUBMIT return_address=(nil,M1,14)
expect m1 < SUBMIT return_address=(nil,M1,15)
expect m1 < SUBMIT return_address=(nil,M1,16)
expect m1 < SUBMIT return_address=(nil,M1,17)
expect m1 < SUBMIT return_address=(nil,M1,18)
expect m1 < SUBMIT return_address=(nil,M1,19)
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M1,1),(nil,M1,2),(nil,M1,3),(nil,M1,4),(nil,M1,5),(nil,M1,6),(nil,M1,7),(nil,M1,8),(nil,M1,9),(nil,M1,10),(nil,M1,11),(nil,M1,12),(nil,M1,13),(nil,M1,14),(nil,M1,15),(nil,M1,16),(nil,M1,17),(nil,M1,18),(nil,M1,19)] completed_by=m1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19"]
m1 > WAITING idle=20 room=20
after 0 ms
expect a < RESULT return_address=(nil,M1,0)
expect a < RESULT return_address=(nil,M1,1)
expect a < RESULT return_address=(nil,M1,2)
expect a < RESULT return_address=(nil,M1,3)
expect a < RESULT return_address=(nil,M1,4)
expect a < RESULT return_address=(nil,M1,5)
expect a < RESULT return_address=(nil,M1,6)
expect a < RESULT return_address=(nil,M1,7)
expect a < RESULT return_address=(nil,M1,8)
expect a < RESULT return_address=(nil,M1,9)
expect a < RESULT return_address=(nil,M1,10)
expect a < RESULT return_address=(nil,M1,11)
expect a < RESULT return_address=(nil,M1,12)
expect a < RESULT return_address=(nil,M1,13)
expect a < RESULT return_address=(nil,M1,14)
expect a < RESULT return_address=(nil,M1,15)
expect nothing
b joins as client session=sb
b is silent
b > SUBMIT_BATCH uuid=ub flags=1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19"]
after 0 ms
expect m1 < SUBMIT return_address=(nil,M2,0)
expect m1 < SUBMIT return_address=(nil,M2,1)
expect m1 < SUBMIT return_address=(nil,M2,2)
expect m1 < SUBMIT return_address=(nil,M2,3)
expect m1 < SUBMIT return_address=(nil,M2,4)
expect m1 < SUBMIT return_address=(nil,M2,5)
expect m1 < SUBMIT return_address=(nil,M2,6)
expect m1 < SUBMIT return_address=(nil,M2,7)
expect m1 < SUBMIT return_address=(nil,M2,8)
expect m1 < SUBMIT return_address=(nil,M2,9)
expect m1 < SUBMIT return_address=(nil,M2,10)
expect m1 < SUBMIT return_address=(nil,M2,11)
expect m1 < SUBMIT return_address=(nil,M2,12)
expect m1 < SUBMIT return_address=(nil,M2,13)
expect m1 < SUBMIT return_address=(nil,M2,14)
expect m1 < SUBMIT return_address=(nil,M2,15)
expect m1 < SUBMIT return_address=(nil,M2,16)
expect m1 < SUBMIT return_address=(nil,M2,17)
expect m1 < SUBMIT return_address=(nil,M2,18)
expect m1 < SUBMIT return_address=(nil,M2,19)
m1 > RESULT_BATCH return_addresses=[(nil,M2,0),(nil,M2,1),(nil,M2,2),(nil,M2,3),(nil,M2,4),(nil,M2,5),(nil,M2,6),(nil,M2,7),(nil,M2,8),(nil,M2,9),(nil,M2,10),(nil,M2,11),(nil,M2,12),(nil,M2,13),(nil,M2,14),(nil,M2,15),(nil,M2,16),(nil,M2,17),(nil,M2,18),(nil,M2,19)] completed_by=m1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19"]
m1 > WAITING idle=20 room=20
after 0 ms
expect b < RESULT return_address=(nil,M2,0)
expect b < RESULT return_address=(nil,M2,1)
expect b < RESULT return_address=(nil,M2,2)
expect b < RESULT return_address=(nil,M2,3)
expect b < RESULT return_address=(nil,M2,4)
expect b < RESULT return_address=(nil,M2,5)
expect b < RESULT return_address=(nil,M2,6)
expect b < RESULT return_address=(nil,M2,7)
expect b < RESULT return_address=(nil,M2,8)
expect b < RESULT return_address=(nil,M2,9)
expect b < RESULT return_address=(nil,M2,10)
expect b < RESULT return_address=(nil,M2,11)
expect b < RESULT return_address=(nil,M2,12)
expect b < RESULT return_address=(nil,M2,13)
expect b < RESULT return_address=(nil,M2,14)
expect b < RESULT return_address=(nil,M2,15)
expect nothing
b >> ACK
a >> ACK
# one at least; what they acknowledged took the turn's work
expect a < RESULT return_address=(nil,M1,16)
expect nothing
turn
expect b < RESULT return_address=(nil,M2,16)
expect nothing
turn
expect a < RESULT return_address=(nil,M1,17)
expect a < RESULT return_address=(nil,M1,18)
expect nothing
after 0 ms
expect b < RESULT return_address=(nil,M2,17)
expect b < RESULT return_address=(nil,M2,18)
expect a < RESULT return_address=(nil,M1,19)
expect b < RESULT return_address=(nil,M2,19)
expect counts tasks=0
