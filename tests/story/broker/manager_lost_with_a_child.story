# The root runs on one manager, a child of it on another that is lost: the child is given out again, the root goes on.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
m2 > DISCONNECT text="going home"
expect m2 is closed
expect a < LOG uuid=u1 task=(m1,5,0) root=(nil,M1,0)
expect m1 < EMPLOYEE_LOST ranges=[(m2,endm2)]
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(m1,5,0) attempt=1 body="g"
expect counts tasks=2 employees=1 failed=0
