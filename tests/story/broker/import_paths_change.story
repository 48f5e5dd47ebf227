# What a client says of its import paths later stands before what it said first, and goes to those who have tasks of its
# session.
broker lines=2
m1 joins as manager on line 0 workers=2 idle=2 room=2 features=16
m2 joins as manager on line 1 features=16
a joins as client session=s1
a > CONNECT corr=1 paths=["/data/a","/opt/lib"]
a > SUBMIT uuid=u1 body="f(1)"
expect a < READY corr=1
expect m1 < IMPORTPATH paths=["/data/a","/opt/lib"] session=2
expect m1 < SUBMIT session=2 body="f(1)"
a > CONNECT corr=2 paths=["/new","/data/a"]
expect a < READY corr=2
expect m1 < IMPORTPATH paths=["/new","/data/a","/opt/lib"] session=2
a > CONNECT corr=3 paths=["/new","/data/a"]
expect a < READY corr=3
expect nothing
