# With `refused` 0 only its link's expiry ends a manager, whatever is found at its address.
broker lines=1 refused=0 redial=1000 expiry=5000
m1 joins as manager on line 0 expiry=5000
m1 is lost
after 101 ms
expect line 0 is dialled
line 0 has nobody
after 202 ms
expect line 0 is dialled
line 0 has nobody
after 404 ms
expect line 0 is dialled
line 0 has nobody
after 4290 ms
expect counts employees=1
after 10 ms
expect log "its connection did not come back in time"
expect counts employees=0
