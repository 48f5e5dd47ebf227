# A receipt that the broker does not know means that all was read.
broker lines=1
m1 joins as manager on line 0 workers=4 idle=1 room=1
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT body="f(0)"
m1 > WAITING idle=1 room=1 receipt=999
expect m1 < SUBMIT body="f(1)"
expect nothing
