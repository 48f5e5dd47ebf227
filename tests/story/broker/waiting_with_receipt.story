# A WAITING that was on its way while a task came down does not count that task's worker as idle once more: the receipt tells.
broker lines=1
m1 joins as manager on line 0 workers=2 idle=1 room=1
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT body="f(0)"
# said before it had read the SUBMIT
m1 > WAITING idle=1 room=1 receipt=0
expect nothing
# said after it
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="f(1)"
