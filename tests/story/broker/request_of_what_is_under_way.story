# Who asks for a result that is on its way to him gets it once.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1 window=100
a is silent
a > SUBMIT_BATCH uuid=u1 flags=3 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"*100
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M1,1)
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"*100
expect nothing
a > REQUEST uuid=u1 slot=1
expect a < RESULT return_address=(nil,M1,1)
a >> ACK
expect nothing
expect counts kept=520
