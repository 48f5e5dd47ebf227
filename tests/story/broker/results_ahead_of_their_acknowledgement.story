# No more results are sent ahead than one ACK may free at once, two for each unit of a turn's work; and where three times as many are there, their client's tasks are held back until it reads.
broker lines=1 work=2
m1 joins as manager on line 0 workers=14 idle=14 room=14
a joins as client session=s1
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13"]
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
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M1,1),(nil,M1,2),(nil,M1,3),(nil,M1,4),(nil,M1,5),(nil,M1,6),(nil,M1,7),(nil,M1,8),(nil,M1,9),(nil,M1,10),(nil,M1,11),(nil,M1,12),(nil,M1,13)] completed_by=m1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13"]
m1 > WAITING idle=14 room=14
after 0 ms
expect a < RESULT return_address=(nil,M1,0)
expect a < RESULT return_address=(nil,M1,1)
expect a < RESULT return_address=(nil,M1,2)
expect a < RESULT return_address=(nil,M1,3)
expect nothing
# what it says acknowledges what came
a > SUBMIT uuid=u2 flags=1 body="next"
after 0 ms
expect a < RESULT return_address=(nil,M1,4)
expect a < RESULT return_address=(nil,M1,5)
expect a < RESULT return_address=(nil,M1,6)
expect a < RESULT return_address=(nil,M1,7)
expect nothing
a > STATUS uuid=u2 corr=1
expect a < STATUS corr=1 queued=1 why~"its client is to read first"
after 0 ms
expect a < RESULT return_address=(nil,M1,8)
expect a < RESULT return_address=(nil,M1,9)
expect a < RESULT return_address=(nil,M1,10)
expect a < RESULT return_address=(nil,M1,11)
expect nothing
a >> ACK
after 0 ms
expect a < RESULT return_address=(nil,M1,12)
expect a < RESULT return_address=(nil,M1,13)
expect m1 < SUBMIT return_address=(nil,M2,0) body="next"
expect counts tasks=1
