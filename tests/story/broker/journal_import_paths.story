# The import paths of a session are there after the broker's death, for its tasks.
broker journal=1 lines=1
the journal commits
a joins as client session=s1
a > CONNECT corr=1 paths=["/opt/app","/srv"]
expect a < READY corr=1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
the journal commits
the broker dies
m1 joins as manager on line 0 workers=1 features=48
expect m1 < IMPORTPATH paths=["/opt/app","/srv"] session=2
expect m1 < SUBMIT session=2 body="f(1)"
