# DRAIN is refused to a client on another host, for a manager that is not there, and for a name that several have.
broker lines=2
m1 joins as manager on line 0 name="node"
a joins as client session=s1 remote=1
b joins as client session=s2
a > DRAIN corr=1 manager="node" grace=0
expect a < ERROR code=REFUSED corr=1 text~"own host"
b > DRAIN corr=2 manager="edon" grace=0
expect b < ERROR code=REFUSED corr=2 text~"no manager"
b > DRAIN corr=3 manager="" grace=0
expect b < ERROR code=REFUSED corr=3 text~"no manager"
expect nothing
m2 joins as manager on line 1 name="node"
b > DRAIN corr=4 manager="node" grace=0
expect b < ERROR code=REFUSED corr=4 text~"several"
b > DRAIN corr=5 manager="node-1:7473" grace=0
expect b < DRAIN corr=5
expect m2 < DRAIN grace=0
