# Idle workers get tasks before anybody's room for more; the rest goes to those with the fewest tasks. (ServerBase.assign_tasks)
broker lines=2
m1 joins as manager on line 0 workers=2 idle=0 room=2
m2 joins as manager on line 1 workers=2 idle=1 room=3
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m2 < SUBMIT body="f(1)"
expect nothing
# now nobody is idle, and m1 has the fewest tasks
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT body="f(2)"
expect nothing
