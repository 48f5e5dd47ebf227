# A map that is submitted again is not executed again; where it stands is the answer.
broker lines=1
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
expect a < STATUS corr=nil uuid=u1 state=running total=2 running=1 queued=1
expect nothing
