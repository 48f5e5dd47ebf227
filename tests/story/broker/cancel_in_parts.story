# A map is cancelled a part at a time, where there is much to do, and the answer comes when all of it is; so are its slots released, and looked at for a REQUEST.
broker work=32
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 bodies=["0","1","2","3","4","5","6","7"]
after 0 ms
expect counts tasks=8
a > CANCEL uuid=u1 corr=1
a > REQUEST uuid=u1 slot=nil corr=2
a > RELEASE slots=[(u1,nil)]
b > STATUS uuid=u2 corr=3
b > STATUS uuid=u2 corr=4
expect b < STATUS corr=3
expect nothing
after 0 ms
expect b < STATUS corr=4
expect a < CANCEL corr=1 uuid=u1 state=queued
expect a < ERROR code=CANCELLED corr=2 slot=0
expect a < ERROR code=CANCELLED corr=2 slot=1
expect a < ERROR code=CANCELLED corr=2 slot=2
expect a < ERROR code=CANCELLED corr=2 slot=3
expect a < ERROR code=CANCELLED corr=2 slot=4
expect a < ERROR code=CANCELLED corr=2 slot=5
expect a < ERROR code=CANCELLED corr=2 slot=6
expect a < ERROR code=CANCELLED corr=2 slot=7
expect counts jobs=0 tasks=0
