# WAITING sets how many tasks a manager gets; it never adds to what it said before. (ServerBase.handle_waiting)
broker lines=1
m1 joins as manager on line 0 workers=4 idle=0 room=0
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)","f(3)","f(4)"]
expect nothing
m1 > WAITING idle=2 room=2
m1 > WAITING idle=2 room=2
expect m1 < SUBMIT body="f(0)"
expect m1 < SUBMIT body="f(1)"
expect nothing
