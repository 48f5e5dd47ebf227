# What was handed back waits at no manager behind a newer task; once another manager gets it as one of its own, the first has what comes behind it in the same turn.
broker lines=2
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(0)"
m1 > SUBMIT return_address=(m1,1,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m2 joins as manager on line 1 idle=2 room=2
expect m2 < SUBMIT return_address=(m1,1,0)
expect m2 < SUBMIT return_address=(m1,1,1)
a > SUBMIT uuid=u2 body="h"
expect nothing
m2 > RETURN reason=0 addresses=[(m1,1,0)]
m2 > WAITING idle=0 room=1
expect nothing
# the first one has room for what descends from its own task, and for nothing else
m1 > WAITING idle=0 room=0 own_room=1
expect m1 < SUBMIT return_address=(m1,1,0) body="g(0)"
expect m2 < SUBMIT body="h"
expect nothing
