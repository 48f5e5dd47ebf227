# A task that failed has times too: its worker's, where it was the root that failed, and the broker's in any case; STATUS says the same. Who does not take them gets none.
broker
a joins as client session=s1 features=128
b joins as client session=s2
m1 joins as manager workers=3 features=128
a > SUBMIT uuid=u1 flags=17 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) flags=16
a > SUBMIT uuid=u2 flags=17 body="f(2)"
m1 > WAITING idle=2 room=2
expect m1 < SUBMIT return_address=(nil,M2,0) flags=16
b > SUBMIT uuid=u3 flags=17 body="f(3)"
expect m1 < SUBMIT return_address=(nil,M3,0) flags=16
after 1500 ms
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0) worker=m1+2 ran=1400001 cpu=70000 memory=9000000
expect a < ERROR uuid=u1 code=TASK_FAILED worker=m1+2 ran=1400001 cpu=70000 memory=9000000 waited=0 held=1500000 age=0 attempts=1
expect m1 < CANCEL addresses=[(nil,M1,0)]
after 10 ms
a > STATUS corr=3 uuid=u1
expect a < STATUS corr=3 state=failed timed=1 ran=1400001 cpu=70000 memory=9000000 waited=0 held=1500000 age=10000
# what a nested one took is not its root's
m1 > ERROR code=TASK_FAILED text="no" task=(m1,3,0) root=(nil,M2,0) within=(nil,M2,0) worker=m1 ran=4 cpu=3 memory=2
expect a < ERROR uuid=u2 code=TASK_FAILED worker=nil ran=0 held=1510000 attempts=1
expect m1 < CANCEL addresses=[(nil,M2,0)]
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M3,0) root=(nil,M3,0) worker=m1 ran=4 cpu=3 memory=2
expect b < ERROR uuid=u3 code=TASK_FAILED about=2
expect m1 < CANCEL addresses=[(nil,M3,0)]
