# How often a task was lost, and how, is not forgotten with the broker: at the bound it fails with all that it went through.
broker journal=1 lines=1 max_attempts=2
the journal commits
m1 joins as manager on line 0 boot=b1 workers=1 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) attempt=0
m1 > RETURN reason=2 text="worker 0 was killed" addresses=[(nil,M1,0)]
expect a < LOG text~"worker 0 was killed"
the journal commits
the broker dies
a joins as client session=s1
m2 joins as manager on line 0 boot=b1 workers=1 idle=1 room=1
# those that the dead broker gave have not come back
expect m2 < EMPLOYEE_LOST ranges=[(0,16384)]
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
m2 > RETURN reason=2 text="worker 1 was killed" addresses=[(nil,M1,0)]
expect a < ERROR code=TOO_MANY_ATTEMPTS uuid=u1 text~"attempt 1: worker 0 was killed"
the journal commits
expect m2 < CANCEL root=(nil,M1,0)
