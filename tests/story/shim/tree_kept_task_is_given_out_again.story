# A child that a manager of managers kept is given out again here when the manager that had it gives it back or is lost.
shim lines=3
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name=g body="g(0)"
expect m2 < SUBMIT return_address=(m1,1,0) attempt=0
m2 > RETURN reason=2 addresses=[(m1,1,0)] text="n2: worker w0.1 was killed"
m3 > WAITING idle=1 room=1
expect boss < LOG task=(m1,1,0) root=(nil,7,0) text~"n2: worker w0.1 was killed"
expect m3 < SUBMIT return_address=(m1,1,0) attempt=1
m3 > DISCONNECT
m2 > WAITING idle=1 room=1
expect m3 is closed
expect boss < EMPLOYEE_LOST ranges=[(m3,endm3)]
expect boss < LOG task=(m1,1,0) text~"manager m3 is gone: it left"
expect m1 < EMPLOYEE_LOST ranges=[(m3,endm3)]
expect m2 < EMPLOYEE_LOST ranges=[(m3,endm3)]
expect m2 < SUBMIT return_address=(m1,1,0) attempt=2
m2 > RESULT return_address=(m1,1,0) completed_by=m2 body="1"
expect m1 < RESULT return_address=(m1,1,0)
