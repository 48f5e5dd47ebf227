# A client's import paths go to a manager before the first task of its session that it gets, once, and with the session's
# number; nobody else's are in the way, and a manager that gets none of its tasks gets none of its paths.
# (DetachedServer.handle_connect, ServerBase.handle_importpath)
broker lines=1
m1 joins as manager on line 0 workers=3 idle=3 room=3 features=16
a joins as client session=s1
b joins as client session=s2
a > CONNECT corr=1 paths=["/data/a","/opt/lib"]
b > CONNECT corr=2 paths=["/opt/lib","/srv/b"]
expect a < READY corr=1
expect b < READY corr=2
expect nothing
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < IMPORTPATH paths=["/data/a","/opt/lib"] session=2
expect m1 < SUBMIT session=2 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT session=2 body="f(2)"
m2 joins as manager workers=1
b > SUBMIT uuid=u3 body="f(3)"
expect m2 < IMPORTPATH paths=["/opt/lib","/srv/b"] session=3
expect m2 < SUBMIT body="f(3)"
