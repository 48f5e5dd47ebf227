# Sessions take turns, however much one of them has queued.
broker lines=1
m1 joins as manager on line 0 workers=4 idle=0 room=0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 bodies=["a0","a1","a2","a3","a4"]
b > SUBMIT uuid=u2 body="b0"
b > SUBMIT uuid=u3 body="b1"
expect nothing
m1 > WAITING idle=4 room=4
expect among m1 < SUBMIT body="a0"
expect among m1 < SUBMIT body="a1"
expect among m1 < SUBMIT body="b0"
expect among m1 < SUBMIT body="b1"
expect nothing
