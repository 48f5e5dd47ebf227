# What a manager had kept for its own workers comes up by SUBMIT when it is recalled, with its messages, and goes to the idle one.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=0 queued=1
m2 > WAITING idle=1 room=1
expect m1 < RECALL count=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] attempt=1 body="g"
m1 > COMMUNICATE addresses=[(m1,5,0)] body="hurry"
m1 > WAITING idle=0 room=0 queued=0
expect m2 < SUBMIT return_address=(m1,5,0) attempt=1 body="g"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="hurry"
m2 > WAITING idle=1 room=1
expect nothing
