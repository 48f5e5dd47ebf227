# What a lost manager held is given out again a part at a time, where there is much of it: until then it is nobody's, what comes late of it is discarded, and its client can cancel it.
broker lines=2 work=64
m1 joins as manager on line 0 workers=8
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["0","1","2","3","4","5","6","7"]
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
expect m1 < SUBMIT return_address=(nil,M1,4)
expect m1 < SUBMIT return_address=(nil,M1,5)
expect m1 < SUBMIT return_address=(nil,M1,6)
expect m1 < SUBMIT return_address=(nil,M1,7)
hide LOG
m1 > DISCONNECT
expect m1 is closed
expect counts employees=0 tasks=8 queued=2
m2 joins as manager on line 1 workers=8
turn
expect among m2 < SUBMIT return_address=(nil,M1,7) attempt=1
expect among m2 < SUBMIT return_address=(nil,M1,6) attempt=1
expect among m2 < SUBMIT return_address=(nil,M1,5) attempt=1
expect among m2 < SUBMIT return_address=(nil,M1,4) attempt=1
expect among m2 < SUBMIT return_address=(nil,M1,3) attempt=1
expect among m2 < SUBMIT return_address=(nil,M1,2) attempt=1
after 0 ms
expect m2 < SUBMIT return_address=(nil,M1,1) attempt=1
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
expect nothing
