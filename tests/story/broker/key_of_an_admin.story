# With keys an admin is who has an admin's key, from any host; a client's key on the broker's own host is not enough.
broker lines=1
m1 joins as manager on line 0 name="node" key=manager:m1
a joins as client session=s1 key=client:alice
b joins as client session=s2 key=admin:root remote=1
a > DRAIN corr=1 manager="node" grace=0
expect a < ERROR code=REFUSED corr=1 text~"admin"
a > SHUTDOWN text="enough"
expect a < ERROR code=REFUSED text~"admin"
b > DRAIN corr=2 manager="node" grace=0
expect b < DRAIN corr=2
expect m1 < DRAIN grace=0
b > SHUTDOWN text="enough"
expect m1 < SHUTDOWN
expect a < DISCONNECT
expect b < DISCONNECT
expect exit 0
