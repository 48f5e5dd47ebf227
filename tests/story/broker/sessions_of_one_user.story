# No user takes all sessions: each may have four times as many as are free, and some are kept for admins.
broker max_clients=32
a0 joins as client session=s0 key=client:greedy remote=1
a1 joins as client session=s1 key=client:greedy remote=1
a2 joins as client session=s2 key=client:greedy remote=1
a3 joins as client session=s3 key=client:greedy remote=1
a4 joins as client session=s4 key=client:greedy remote=1
a5 joins as client session=s5 key=client:greedy remote=1
a6 joins as client session=s6 key=client:greedy remote=1
a7 joins as client session=s7 key=client:greedy remote=1
a8 joins as client session=s8 key=client:greedy remote=1
a9 joins as client session=s9 key=client:greedy remote=1
a10 joins as client session=s10 key=client:greedy remote=1
a11 joins as client session=s11 key=client:greedy remote=1
a12 joins as client session=s12 key=client:greedy remote=1
a13 joins as client session=s13 key=client:greedy remote=1
a14 joins as client session=s14 key=client:greedy remote=1
a15 joins as client session=s15 key=client:greedy remote=1
a16 joins as client session=s16 key=client:greedy remote=1
a17 joins as client session=s17 key=client:greedy remote=1
a18 joins as client session=s18 key=client:greedy remote=1
a19 joins as client session=s19 key=client:greedy remote=1
a20 joins as client session=s20 key=client:greedy remote=1
a21 joins as client session=s21 key=client:greedy remote=1
a22 joins as client session=s22 key=client:greedy remote=1
a23 joins as client session=s23 key=client:greedy remote=1
b opens key=client:greedy remote=1
b > HELLO role=client session=b1
expect b < ERROR code=BUSY text~"24 of them of this key"
c joins as client session=c1 key=client:modest remote=1
d joins as client session=d1 key=client:modest remote=1
# one that is gone for good, and has nothing, makes room for its own user's next one
a0 > DISCONNECT detach=1
expect a0 < DISCONNECT
expect a0 is closed
b > HELLO role=client session=b1
expect b < WELCOME
expect counts clients=26 absent=0
e joins as client session=e1 key=client:third remote=1
f joins as client session=f1 key=client:fourth remote=1
g joins as client session=g1 key=client:fifth remote=1
h joins as client session=h1 key=client:sixth remote=1
i opens key=client:seventh remote=1
i > HELLO role=client session=i1
expect i < ERROR code=BUSY text~"limits/clients"
j joins as client session=j1 key=admin:root remote=1
k joins as client session=k1 key=admin:root remote=1
