# A broker dies between writing down that a root has ended and that its child is gone: the child's row belongs to nothing then, and is dropped.
broker journal=1
the journal commits
m1 joins as manager workers=1 boot=b1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(1)"
the journal commits
a > CANCEL uuid=u1 corr=1
turn
the journal commits 1
the journal commits 1
expect a < CANCEL corr=1 state=running
the broker dies
hide EMPLOYEE_LOST
the journal commits
the broker dies
expect counts tasks=0 jobs=1
