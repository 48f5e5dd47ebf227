# Within a session the higher priority goes first, whatever came first.
broker lines=1
m1 joins as manager on line 0 workers=4 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 priority=128 body="normal"
a > SUBMIT uuid=u2 priority=0 body="low"
a > SUBMIT uuid=u3 priority=255 body="high"
a > SUBMIT uuid=u4 priority=128 body="normal too"
m1 > WAITING idle=4 room=4
expect m1 < SUBMIT body="high"
expect m1 < SUBMIT body="normal"
expect m1 < SUBMIT body="normal too"
expect m1 < SUBMIT body="low"
