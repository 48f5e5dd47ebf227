# No host, and no key, takes all connections: each may have four times as many as are free, whatever they say, and
# some are kept for admins.
broker max_connections=32
a0 joins as client session=a0 host=7 remote=1
a1 joins as client session=a1 host=7 remote=1
a2 joins as client session=a2 host=7 remote=1
a3 joins as client session=a3 host=7 remote=1
a4 joins as client session=a4 host=7 remote=1
a5 joins as client session=a5 host=7 remote=1
a6 joins as client session=a6 host=7 remote=1
a7 joins as client session=a7 host=7 remote=1
a8 joins as client session=a8 host=7 remote=1
a9 joins as client session=a9 host=7 remote=1
a10 joins as client session=a10 host=7 remote=1
a11 joins as client session=a11 host=7 remote=1
m0 joins as manager host=7 remote=1
m1 joins as manager host=7 remote=1
m2 joins as manager host=7 remote=1
m3 joins as manager host=7 remote=1
m4 joins as manager host=7 remote=1
m5 joins as manager host=7 remote=1
m6 joins as manager host=7 remote=1
m7 joins as manager host=7 remote=1
m8 joins as manager host=7 remote=1
m9 joins as manager host=7 remote=1
m10 joins as manager host=7 remote=1
m11 joins as manager host=7 remote=1
b opens host=7 remote=1
b > HELLO role=client session=b
expect b < ERROR code=BUSY text~"there are 24 connections, of at most 32 (setting limits/connections), 24 of them of this host"
expect b is closed
c joins as client session=c1 host=8 remote=1
d joins as client session=d1 key=client:modest remote=1
e joins as client session=e1 host=9 remote=1
f joins as client session=f1 host=10 remote=1
g joins as client session=g1 host=11 remote=1
h joins as client session=h1 host=12 remote=1
i opens host=13 remote=1
i > HELLO role=client session=i1
expect i < ERROR code=BUSY text~"0 of them of this host"
expect i is closed
# who is on this machine is an admin
j joins as client session=j1
k joins as client session=k1 key=admin:root remote=1
