# A client on the same host may end everything.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2
a > SHUTDOWN text="enough"
expect m1 < SHUTDOWN text~"shutdown"
expect a < DISCONNECT
expect b < DISCONNECT text~"shutdown"
expect exit 0
