# One CANCEL speaks of all slots of a map, those that run and those that wait.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
a > CANCEL uuid=u1 corr=2
expect a < CANCEL corr=2 uuid=u1 state=running
expect m1 < CANCEL addresses=[(nil,M1,0)] root=(nil,M1,0)
expect m1 < CANCEL addresses=[(nil,M1,1)] root=(nil,M1,1)
m1 > WAITING idle=2 room=2
expect nothing
