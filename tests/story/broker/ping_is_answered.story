# PING is answered at once. A silent client's connection is closed; its session lives on.
broker client_heartbeat=1000
a joins as client session=s1 heartbeat=1000
show PONG
a >> PING
expect a < PONG
a is silent
after 4000 ms
expect a is closed
