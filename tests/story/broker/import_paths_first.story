# A client's import paths go to all managers before its tasks, once; a manager that comes later gets
# them with its ids.
# (DetachedServer.handle_connect, ServerBase.handle_importpath)
broker lines=2
m1 joins as manager on line 0
a joins as client session=s1
a > CONNECT corr=1 paths=["/data/a","/opt/lib"]
a > SUBMIT uuid=u1 body="f(1)"
expect a < READY corr=1
expect m1 < IMPORTPATH paths=["/data/a","/opt/lib"]
expect m1 < SUBMIT body="f(1)"
b joins as client session=s2
b > CONNECT corr=2 paths=["/opt/lib","/srv/b"]
expect b < READY corr=2
expect m1 < IMPORTPATH paths=["/srv/b"]
m2 opens on line 1
expect m2 < HELLO
m2 > WELCOME role=manager ids=1
expect m2 < CONNECT paths=["/data/a","/opt/lib","/srv/b"]
