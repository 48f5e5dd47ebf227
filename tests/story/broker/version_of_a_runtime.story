# A task whose runtime names a version goes to a manager that has this version; one without goes to any.
broker lines=2
m1 joins as manager on line 0 workers=2 runtimes=python,python/3495
m2 joins as manager on line 1 workers=1 runtimes=python,python/3531
a joins as client session=s1
a > SUBMIT uuid=u1 runtime="python/3531" body="code"
expect m2 < SUBMIT runtime="python/3531" body="code"
a > SUBMIT uuid=u2 runtime="python/3531" body="more code"
expect nothing
a > SUBMIT uuid=u3 runtime=python body="by name"
expect m1 < SUBMIT runtime=python body="by name"
m2 > WAITING idle=1 room=1
expect m2 < SUBMIT runtime="python/3531" body="more code"
