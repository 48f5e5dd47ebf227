# A task whose runtime names a version that no worker has, where others are there, is refused at once, and a map as a whole; both versions are named.
broker lines=1
m1 joins as manager on line 0 runtimes=plain
m1 > STARTED total_workers=1 runtimes=[(python,"3.11.7"),(python/3495,"3.11.7")]
a joins as client session=s1
a > SUBMIT uuid=u1 runtime="python/3531" body="code"
expect a < ERROR uuid=u1 code=OTHER_VERSION text="no worker has the runtime python/3531, but other versions of it: python/3495 (3.11.7)"
a > STATUS uuid=u1
expect a < STATUS state=unknown
a > SUBMIT_BATCH uuid=u2 runtime="python/3531" bodies=["f(1)","f(2)"]
expect a < ERROR uuid=u2 code=OTHER_VERSION text~"python/3531"
a > SUBMIT uuid=u3 runtime=python body="by name"
expect m1 < SUBMIT runtime=python body="by name"
expect counts tasks=1
