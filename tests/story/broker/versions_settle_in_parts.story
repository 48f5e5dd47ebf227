# Where the first manager that may have a version comes with others only, many tasks that had waited for it fail a part at a time: others are heard meanwhile.
broker lines=1 work=128
b joins as client session=s2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 runtime="python/3531" bodies=["0","1","2","3"]
after 0 ms
m1 joins as manager on line 0 workers=1 runtimes=python,python/3495
b > SUBMIT uuid=u2 runtime="python/3495" body="g"
b > STATUS uuid=u2 corr=1
expect a < ERROR uuid=u1 slot=0 code=OTHER_VERSION
expect b < STATUS corr=1 state=queued
expect counts tasks=4
after 0 ms
expect a < ERROR uuid=u1 slot=1 code=OTHER_VERSION
expect a < ERROR uuid=u1 slot=2 code=OTHER_VERSION
expect a < ERROR uuid=u1 slot=3 code=OTHER_VERSION
expect m1 < SUBMIT body="g"
expect counts tasks=1
