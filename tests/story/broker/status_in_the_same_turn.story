# STATUS that comes with its SUBMIT does not say that workers are busy which are not; nor does it when all that they do is what was cancelled.
broker lines=1
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > STATUS uuid=u1 corr=1
expect a < STATUS corr=1 uuid=u1 state=queued why="it is about to be given out"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
a > STATUS uuid=u2 corr=2
expect a < STATUS corr=2 uuid=u2 state=queued why="all workers are busy"
a > CANCEL uuid=u1 corr=3
expect a < CANCEL corr=3 uuid=u1 state=running
expect m1 < CANCEL addresses=[(nil,M1,0)]
a > STATUS uuid=u2 corr=4
expect a < STATUS corr=4 uuid=u2 state=queued why="no worker is idle: they run on what was cancelled"
