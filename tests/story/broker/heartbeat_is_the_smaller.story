# Of the two sides' heartbeat intervals the smaller one holds.
broker client_heartbeat=10000
a joins as client session=s1 heartbeat=1000
show PING
a is silent
after 1000 ms
expect a < PING
