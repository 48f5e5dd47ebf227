# A lease goes on over the broker's death, and does not begin anew: who had left has the rest of it, and the grace time at least, who was there all of it.
broker journal=1 lease=10000 grace=2000
the journal commits
a joins as client session=s1
b joins as client session=s2
c joins as client session=s3
a > DISCONNECT corr=1 detach=1
the journal commits
expect a < DISCONNECT corr=1
expect a is closed
the journal commits
after 4000 ms
b > DISCONNECT corr=1 detach=1
the journal commits
expect b < DISCONNECT corr=1
expect b is closed
the journal commits
after 5000 ms
the broker dies
expect counts clients=3 absent=3
after 1999 ms
expect counts clients=3 absent=3
after 1 ms
expect counts clients=2 absent=2
# and on over one more
the journal commits
the broker dies
after 2999 ms
expect counts clients=2 absent=2
after 1 ms
expect counts clients=1 absent=1
after 4999 ms
expect counts clients=1 absent=1
after 1 ms
expect counts clients=0 absent=0
