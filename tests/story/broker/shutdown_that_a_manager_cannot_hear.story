# Who is not connected when everything ends cannot be told, and the log says who that is.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
m1 is lost
a > SHUTDOWN text="enough"
expect m2 < SHUTDOWN
expect a < DISCONNECT
expect log "manager m1 is not connected: it is not told to end"
expect exit 0
