# A part that tasks begin with is written down once, and comes back with them; when the last of them is over it is dropped.
broker journal=1 lines=1
the journal commits
a joins as client session=s1 features=33
a > SHARE number=1 body="common;"
a > SUBMIT_BATCH uuid=u1 flags=1 runtime=python shared=1 bodies=["g(0)","g(1)"]
a > UNSHARE number=1
the journal commits
the broker dies
m1 joins as manager on line 0 workers=2 features=33
expect m1 < SHARE number=1 body="common;"
expect m1 < SUBMIT shared=1 body="g(0)"
expect m1 < SUBMIT shared=1 body="g(1)"
