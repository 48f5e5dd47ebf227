# A session that comes later begins at the present share: it neither waits for what the others had, nor gets as much at once.
broker lines=1
m1 joins as manager on line 0 workers=4 idle=4 room=4
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["a0","a1","a2","a3","a4","a5","a6"]
expect m1 < SUBMIT body="a0"
expect m1 < SUBMIT body="a1"
expect m1 < SUBMIT body="a2"
expect m1 < SUBMIT body="a3"
b joins as client session=s2
b > SUBMIT_BATCH uuid=u2 bodies=["b0","b1","b2","b3"]
m1 > WAITING idle=4 room=4
expect among m1 < SUBMIT body="a4"
expect among m1 < SUBMIT body="a5"
expect among m1 < SUBMIT body="b0"
expect among m1 < SUBMIT body="b1"
expect nothing
