# A manager that says nothing is pinged, and after three silent intervals its connection is given up and dialled again.
broker lines=1 heartbeat=1000 redial=1000
m1 joins as manager on line 0
m1 is silent
show PING
expect nothing
after 1000 ms
expect m1 < PING
after 1000 ms
expect m1 < PING
after 1000 ms
expect m1 is closed
after 1000 ms
expect line 0 is dialled
m1 comes back on line 0
expect nothing
