# What a manager says of a root of which it has no part is discarded, and counted.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=2
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect among m2 < SUBMIT return_address=(m1,5,0)
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="0"
expect m1 < RESULT return_address=(m1,5,0)
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m2 > LOG task=(nil,M2,0) root=(nil,M2,0) level=20 logger="x" text="not mine"
m2 > CANCEL addresses=[(m1,6,0)] root=(nil,M2,0)
m2 > UPDATE addresses=[(m1,6,0)]
expect nothing
expect counts discarded=3 tasks=2
