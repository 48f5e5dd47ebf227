# A broker that slept beyond a broken link's expiry declares the manager dead a moment later, if it has not come back; its own work goes on meanwhile.
broker expiry=5000
m1 joins as manager
m2 joins as manager
m1 is lost "reset"
asleep 6000 ms
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m2 < SUBMIT body="f(1)"
after 299 ms
expect counts employees=2
after 2 ms
expect log "manager m1 is gone: its connection did not come back in time"
expect counts employees=1
