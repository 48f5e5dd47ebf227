# A manager that an admin has told to leave is told so by the next process of this broker, too. One that has left is forgotten.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2 boot=b1
a joins as client session=s1
a > DRAIN corr=1 manager="m1" grace=5000
expect m1 < DRAIN grace=5000
expect nothing
the journal commits
expect a < DRAIN corr=1
the broker dies
a joins as client session=s1
m2 joins as manager on line 0 workers=2 boot=b1
expect m2 < DRAIN grace=5000
# those that the dead broker gave have not come back
expect m2 < EMPLOYEE_LOST ranges=[(0,16384)]
a > MANAGERS corr=2
expect a < MANAGERS managers=[{name="m2" line="node-0:7473" state=3 workers=2 idle=2 tasks=0}]
m2 > DISCONNECT text="drained"
expect m2 is closed
the journal commits
the broker dies
m3 joins as manager on line 0 workers=2 boot=b1
a joins as client session=s1
a > MANAGERS corr=3
expect a < MANAGERS managers=[{name="m3" line="node-0:7473" state=0 workers=2 idle=2 tasks=0}]
