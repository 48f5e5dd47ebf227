# Where no worker says which versions it has, as those of before versions do not, a task for one is given out without, also one that has waited.
broker lines=1
a joins as client session=s1
a > SUBMIT uuid=u1 runtime="python/3531" body="waits"
a > STATUS uuid=u1
expect a < STATUS state=queued why~"no manager"
m1 joins as manager on line 0 workers=2 runtimes=python
expect m1 < SUBMIT runtime=python body="waits"
a > SUBMIT uuid=u2 runtime="python/3531" body="code"
expect m1 < SUBMIT runtime=python body="code"
