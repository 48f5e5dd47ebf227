# SIGINT ends everything below: managers get SHUTDOWN, clients a DISCONNECT that says why.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
interrupt
expect m1 < SHUTDOWN
expect a < DISCONNECT corr=nil
expect exit 0
