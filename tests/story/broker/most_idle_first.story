# A task goes to the manager with the most idle workers. (ServerBase.schedule_tasks)
broker lines=3
m1 joins as manager on line 0 workers=4 idle=1
m2 joins as manager on line 1 workers=4 idle=3
m3 joins as manager on line 2 workers=4 idle=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m2 < SUBMIT body="f(1)"
expect nothing
