# What a broker that dies had not written down is gone: a submit, part of a map, a result. Nobody was told that it is safe, so it is said again, and counted once.
broker journal=1 lines=1 work=20
the journal commits
m1 joins as manager on line 0 boot=b1 workers=1 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
the journal commits
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
the broker dies
a joins as client session=s1
m2 joins as manager on line 0 boot=b1 workers=1 idle=1 room=1
the journal commits
# those that the dead broker gave have not come back
expect m2 < EMPLOYEE_LOST ranges=[(0,16384)]
expect m2 < SUBMIT return_address=(nil,M1,0) body="f(1)"
a > STATUS uuid=u2 corr=1
expect a < STATUS uuid=u2 corr=1 state=unknown
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
expect counts tasks=2
the journal commits
expect a < STATUS uuid=u2 state=queued
