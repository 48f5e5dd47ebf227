# A manager cancels what its own workers submitted; the sub-tasks of another manager's workers are not its own.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
m2 > CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m2 < ERROR code=MALFORMED text~"CANCEL"
expect m2 is closed
expect a < LOG task=(m1,5,0) text~"given out again"
expect m1 < EMPLOYEE_LOST
