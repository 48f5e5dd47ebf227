# Asking for a task that is not there is answered with an ERROR; the client stays, and so do its tasks.
# (DetachedServer.handle_request; there, the client is dropped.)
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > REQUEST uuid=u9 corr=5
expect a < ERROR code=UNKNOWN_TASK corr=5 uuid=u9
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="1"
