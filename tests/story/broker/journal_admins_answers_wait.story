# What an admin is told to be done outlives the broker: that a manager drains, and that sessions are ended, is said when it is on the disk. Questions are answered at once.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2 boot=b1
a joins as client session=s1
b joins as client session=s2 name="b"
the journal commits
a > DRAIN corr=1 manager="m1" grace=5000
expect m1 < DRAIN grace=5000
a > CLIENTS corr=2 end="b"
expect b < ERROR code=TAKEN
expect b is closed
a > CLIENTS corr=3
expect a < CLIENTS corr=3
expect nothing
the journal commits 1
expect a < DRAIN corr=1 manager="m1" grace=5000
the journal commits
expect a < CLIENTS corr=2 end="b"
# who is gone before hears nothing, and asks the next process
b joins as client session=s2 name="b"
the journal commits
a > CLIENTS corr=4 end="b"
expect b < ERROR code=TAKEN
expect b is closed
the broker dies
a joins as client session=s1
expect counts clients=2
a > CLIENTS corr=5 end="b"
expect nothing
the journal commits
expect a < CLIENTS corr=5 end="b"
expect counts clients=1
