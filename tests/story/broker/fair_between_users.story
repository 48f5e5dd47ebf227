# Users take turns, however many sessions one of them has: with keys by key, without by host.
broker lines=1
m1 joins as manager on line 0 workers=6 idle=0 room=0
a joins as client session=s1 key=client:alice
b joins as client session=s2 key=client:alice
c joins as client session=s3 key=client:alice
d joins as client session=s4 key=client:bob
e joins as client session=s5 host=7
f joins as client session=s6 host=7
a > SUBMIT_BATCH uuid=u1 bodies=["a0","a1"]
b > SUBMIT_BATCH uuid=u2 bodies=["b0","b1"]
c > SUBMIT_BATCH uuid=u3 bodies=["c0","c1"]
e > SUBMIT_BATCH uuid=u5 bodies=["e0","e1"]
f > SUBMIT_BATCH uuid=u6 bodies=["f0","f1"]
d > SUBMIT_BATCH uuid=u4 bodies=["d0","d1"]
expect nothing
m1 > WAITING idle=6 room=6
expect among m1 < SUBMIT body="a0"
expect among m1 < SUBMIT body="b0"
expect among m1 < SUBMIT body="e0"
expect among m1 < SUBMIT body="f0"
expect among m1 < SUBMIT body="d0"
expect among m1 < SUBMIT body="d1"
expect nothing
