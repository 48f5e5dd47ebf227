# A broker that keeps a history asks managers for what they keep for their own workers, and takes it where its root is live and the manager has part of it; managers of before are not asked.
broker lines=2 history=64
show TRACE
m1 joins as manager on line 0 workers=2 features=384
expect m1 < TRACE count=1000
m2 joins as manager on line 1 workers=1 features=128
m1 > WAITING idle=2 room=2
m2 > WAITING idle=0 room=0
# the shares are for the number of managers
expect m1 < TRACE count=500
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0) flags=16 body="f"
m1 > TRACE count=2 task=(m1,1,0) parent=(nil,M1,0) root=(nil,M1,0) worker=m1+1 name="g" state=done depth=1 ran=1000 cpu=900 memory=4096 waited=10 held=1100 age=0 attempts=1
m1 > TRACE count=0 task=(m1,1,1) parent=(nil,M1,0) root=(nil,999,0) worker=m1+1 name="g" state=done depth=1
m2 > TRACE count=0 task=(m2,1,1) parent=(nil,M1,0) root=(nil,M1,0) worker=m2 name="g" state=done depth=1
expect counts discarded=2
# without a parent it is nobody's
m1 > TRACE count=0 task=(m1,1,1) root=(nil,M1,0) depth=1
expect m1 < ERROR code=MALFORMED text="TRACE: a task without a parent or a root"
expect m1 is closed
expect among m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect a < LOG uuid=u1
