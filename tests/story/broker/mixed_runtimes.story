# A manager whose room is not for a runtime gets no task of it, though it has credit; what it has queued of it is recalled when somebody else is idle.
broker lines=2
m1 joins as manager on line 0 workers=2 runtimes=python,plain idle=1 room=1
m2 joins as manager on line 1 runtimes=python idle=0 room=0
a joins as client session=s1
m1 > WAITING idle=1 room=1 queued=0 full=[python]
a > SUBMIT uuid=u1 runtime=python body="f(1)"
expect nothing
a > SUBMIT uuid=u2 runtime=plain body="f(2)"
expect m1 < SUBMIT body="f(2)"
m1 > WAITING idle=1 room=1 queued=0
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
m1 > WAITING idle=1 room=1 queued=1 full=[python]
m2 > WAITING idle=1 room=1
expect m1 < RECALL count=2 runtimes=[python]
m1 > RETURN reason=0 addresses=[(nil,M1,0)]
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=0 body="f(1)"
