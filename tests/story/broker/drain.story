# A client on the broker's host has a manager drained, by its name or by where it is: it finishes what it has, gets nothing new, and leaves without a lost attempt.
broker lines=2
m1 joins as manager on line 0 workers=2 name="node-a"
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > DRAIN corr=5 manager="node-a" grace=60000
expect a < DRAIN corr=5 manager="node-a" grace=60000
expect m1 < DRAIN grace=60000
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
m1 > DISCONNECT text="drained"
expect m1 is closed
m2 joins as manager on line 1 name="node-b"
expect m2 < SUBMIT body="f(2)" attempt=0
a > DRAIN corr=6 manager="node-1:7473" grace=nil
expect a < DRAIN corr=6 manager="node-b" grace=nil
expect m2 < DRAIN grace=nil
