# A map for which there is much to do is taken a part at a time: what was taken is given out, and others are heard meanwhile. What they say goes out in the turn in which it came: no more of the map is done before.
broker lines=1 work=32
m1 joins as manager on line 0 workers=9
b joins as client session=s2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
b > SUBMIT uuid=u2 body="g()"
b > STATUS uuid=u1 corr=1
expect b < STATUS corr=1 total=3 queued=3
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(0)"
expect m1 < SUBMIT return_address=(nil,M2,0) body="g()"
expect nothing
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,1) body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,2) body="f(2)"
a > STATUS uuid=u1 corr=2
expect a < STATUS corr=2 total=3 running=3
expect counts tasks=4 jobs=2
