# A manager whose address cannot be reached, one that was given up since it was silent, or one that is back in time: each has its link's expiry.
broker lines=3 refused=2000 redial=1000 expiry=60000 heartbeat=5000
hide PING
m1 joins as manager on line 0 expiry=60000
m2 joins as manager on line 1 expiry=60000
m3 joins as manager on line 2 expiry=60000
# one refusal and a network that is broken are not two refusals
m1 is lost
after 101 ms
expect line 0 is dialled
line 0 has nobody
after 202 ms
expect line 0 is dialled
line 0 is refused "connecting timed out"
after 404 ms
expect line 0 is dialled
line 0 has nobody
after 808 ms
expect line 0 is dialled
line 0 is refused "connecting timed out"
after 1000 ms
expect line 0 is dialled
line 0 has nobody
after 1000 ms
expect line 0 is dialled
m1 comes back on line 0
expect no log "gone"
expect counts employees=3
# a process that is back between the two refusals goes on
m3 is lost
after 101 ms
expect line 2 is dialled
line 2 has nobody
after 202 ms
expect line 2 is dialled
m3 comes back on line 2
m3 is lost
after 2000 ms
expect line 2 is dialled
line 2 has nobody
expect counts employees=3
