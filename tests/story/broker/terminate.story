# SIGTERM ends the broker only: managers and clients get DISCONNECT, and wait for the next broker.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
terminate
expect m1 < DISCONNECT
expect a < DISCONNECT corr=nil
expect exit 0
