# MANAGERS gives the broker's employees: where each is, whether it is ready, its workers, and how many tasks it holds; and the places that are dialled where nobody is yet.
broker lines=3
a joins as client session=s1
a > MANAGERS corr=1
expect a < MANAGERS corr=1 managers=[{name="" line="node-0:7473" state=2 workers=0 idle=0 tasks=0},{name="" line="node-1:7473" state=2 workers=0 idle=0 tasks=0},{name="" line="node-2:7473" state=2 workers=0 idle=0 tasks=0}]
m1 joins as manager on line 0 workers=4 name="node-a"
m2 joins as manager on line 1 workers=2 name="node-b"
m3 opens on line 2
expect m3 < HELLO
m3 > WELCOME role=manager ids=1 name="node-c"
expect m3 < CONNECT
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT
m2 is lost
a > MANAGERS corr=2
expect a < MANAGERS corr=2 managers=[{name="node-a" line="node-0:7473" state=0 workers=4 idle=3 tasks=1},{name="node-b" line="node-1:7473" state=2 workers=2 idle=0 tasks=0},{name="node-c" line="node-2:7473" state=1 workers=0 idle=0 tasks=0}]
a > DRAIN manager="node-a" grace=1000
expect a < DRAIN
expect m1 < DRAIN grace=1000
a > MANAGERS corr=3
expect a < MANAGERS corr=3 managers=[{name="node-a" line="node-0:7473" state=3 workers=4 idle=3 tasks=1},{name="node-b" line="node-1:7473" state=2 workers=2 idle=0 tasks=0},{name="node-c" line="node-2:7473" state=1 workers=0 idle=0 tasks=0}]
