# STATUS says whether a task is unknown, queued, running, done, failed or cancelled; asking is never a fault.
# (DetachedServer.handle_status; there, an unknown task stops the server.)
broker lines=1
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > STATUS uuid=u1 corr=1
expect a < STATUS corr=1 uuid=u1 state=unknown total=0
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
a > STATUS uuid=u1 corr=2
a > STATUS uuid=u2 corr=3
expect a < STATUS corr=2 uuid=u1 state=running total=1 running=1 queued=0 manager="m1"
expect a < STATUS corr=3 uuid=u2 state=queued total=1 queued=1 running=0 manager=nil why~"busy"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M2,0)
a > STATUS uuid=u1 corr=4
expect a < STATUS corr=4 state=done done=1 running=0
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M2,0) root=(nil,M2,0)
expect a < ERROR code=TASK_FAILED uuid=u2 slot=0
expect m1 < CANCEL addresses=[(nil,M2,0)]
a > STATUS uuid=u2 corr=5
expect a < STATUS corr=5 state=failed failed=1
a > SUBMIT uuid=u3 body="f(3)"
a > CANCEL uuid=u3 corr=6
a > STATUS uuid=u3 corr=7
expect a < CANCEL corr=6 uuid=u3 state=queued
expect a < STATUS corr=7 state=cancelled cancelled=1
