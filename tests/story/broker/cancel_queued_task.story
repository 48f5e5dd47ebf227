# A queued task that is cancelled never goes to a manager.
broker lines=1
m1 joins as manager on line 0 workers=1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
a > CANCEL uuid=u1 corr=1
expect a < CANCEL corr=1 uuid=u1 state=queued
m1 > WAITING idle=1 room=2
expect m1 < SUBMIT body="f(2)"
expect nothing
