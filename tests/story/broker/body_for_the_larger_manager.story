# A manager that takes smaller bodies is no candidate for a larger task: it waits for one that takes it, and smaller tasks pass it by.
broker lines=2
m1 joins as manager on line 0 workers=2 max_body=1000
m2 joins as manager on line 1 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
a > SUBMIT uuid=u2 flags=1 body="x"*1001
a > SUBMIT uuid=u3 flags=1 body="y"*1001
a > SUBMIT uuid=u4 flags=1 body="f(4)"
expect m1 < SUBMIT return_address=(nil,A1,0) body="f(1)"
expect m2 < SUBMIT return_address=(nil,A2,0)
expect m1 < SUBMIT return_address=(nil,A4,0) body="f(4)"
a > STATUS uuid=u3 corr=1
expect a < STATUS corr=1 uuid=u3 state=queued why~"all managers that take a body of its size are busy"
m1 > RESULT return_address=(nil,A1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect a < RESULT uuid=u1
expect nothing
m2 > RESULT return_address=(nil,A2,0) completed_by=m2 body="1"
m2 > WAITING idle=1 room=1
expect a < RESULT uuid=u2
expect m2 < SUBMIT return_address=(nil,A3,0)
# one that waits aside is cancelled like any other
a > SUBMIT uuid=u5 flags=1 body="z"*1001
expect nothing
a > CANCEL uuid=u5 corr=2
expect a < CANCEL corr=2 state=queued
# and fails when nobody is left who takes it
a > SUBMIT uuid=u6 flags=1 body="z"*1001
expect nothing
m2 > DISCONNECT
expect m2 is closed
expect m1 < EMPLOYEE_LOST
expect among a < LOG uuid=u3
expect among a < ERROR code=TOO_LARGE uuid=u6 slot=0 text~"the task's body of 1001 bytes is larger than any manager or worker here that has its runtime accepts, which is 1000 bytes at most"
expect among a < ERROR code=TOO_LARGE uuid=u3 slot=0
expect counts tasks=1 queued=0
