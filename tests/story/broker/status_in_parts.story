# A map's slots are looked at a part at a time for STATUS, where there are many, and so they are for CANCEL and LIST; what others ask is answered meanwhile.
broker lines=1 work=32
m1 joins as manager on line 0 workers=2 name="m1"
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 bodies=["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21","22","23"]
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
a > STATUS uuid=u1 corr=1
b > STATUS uuid=u2 corr=2
expect b < STATUS corr=2 state=unknown
expect nothing
after 0 ms
expect a < STATUS corr=1 state=running total=24 queued=22 running=2 attempts=1 manager="m1" why="all workers are busy"
a > LIST corr=3
b > STATUS uuid=u2 corr=4
expect b < STATUS corr=4 state=unknown
expect nothing
after 0 ms
expect a < LIST corr=3 tasks=[{uuid=u1 name="" state=running total=24 ended=0 attempts=1 age=0 client=""}]
a > CANCEL uuid=u1 corr=5
b > STATUS uuid=u2 corr=6
expect b < STATUS corr=6 state=unknown
expect nothing
after 0 ms
expect a < CANCEL corr=5 state=running
expect m1 < CANCEL
expect m1 < CANCEL
