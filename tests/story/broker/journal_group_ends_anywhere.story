# A group of records may end anywhere: of a result, before that its task is over. Nothing that was safe is lost by that.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
a > SUBMIT_BATCH uuid=u2 runtime=python bodies=["g(0)","g(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
the journal commits
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
the journal commits 1
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="0"
the broker dies
expect counts jobs=2 tasks=2
a joins as client session=s1
a > REQUEST uuid=u1 corr=1
expect a < RESULT uuid=u1 body="1"
