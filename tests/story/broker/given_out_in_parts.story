# Where there is much to give out it is given out a part at a time, and nothing that somebody has room for is left.
broker lines=1 work=16
m1 joins as manager on line 0 workers=5 idle=0 room=0
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)","f(3)","f(4)"]
after 0 ms
m1 > WAITING idle=5 room=5
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
expect m1 < SUBMIT return_address=(nil,M1,4)
expect counts tasks=5 queued=0
