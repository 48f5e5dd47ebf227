# A RETURN for a reason that there is not ends that employee alone; what it had goes back to the boss.
shim lines=2
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0
m2 joins as manager on line 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m1 > RETURN reason=7 addresses=[(nil,7,0)]
expect m1 < ERROR code=MALFORMED text~"RETURN: reason"
expect m1 is closed
expect boss < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect boss < RETURN reason=1 addresses=[(nil,7,0)]
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect counts misbehaved=1
