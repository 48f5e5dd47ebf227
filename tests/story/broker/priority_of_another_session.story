# Priority is a matter within a session: it gives nobody a larger share.
broker lines=1
m1 joins as manager on line 0 workers=4 idle=0 room=0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 priority=255 bodies=["a0","a1","a2","a3"]
b > SUBMIT_BATCH uuid=u2 priority=0 bodies=["b0","b1","b2","b3"]
m1 > WAITING idle=4 room=4
expect among m1 < SUBMIT body="a0"
expect among m1 < SUBMIT body="a1"
expect among m1 < SUBMIT body="b0"
expect among m1 < SUBMIT body="b1"
