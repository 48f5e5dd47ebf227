# A result that its client has, and that need not be kept, is not in the journal any more; one that was not acknowledged is, and comes again.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
a > COUNTS corr=1
expect a < COUNTS corr=1
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a is silent
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect a < RESULT uuid=u2 body="2"
the journal commits
the broker dies
expect counts jobs=1 tasks=0
a joins as client session=s1
expect a < RESULT uuid=u2 body="2"
a > COUNTS corr=2
expect a < COUNTS corr=2
the journal commits
the broker dies
expect counts jobs=0 clients=1
