# A manager below whose link is over: its tasks go back to the boss, those of the other go on.
shim lines=2 manager_expiry=10000
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 workers=1 expiry=10000
m2 joins as manager on line 1 workers=1 expiry=10000
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect m1 < SUBMIT return_address=(nil,7,0)
expect m2 < SUBMIT return_address=(nil,8,0)
m1 is lost
after 11000 ms
expect boss < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect boss < RETURN reason=1 addresses=[(nil,7,0)] text~"manager m1 is gone"
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
m2 > RESULT return_address=(nil,8,0) completed_by=m2 body="2"
expect boss < RESULT return_address=(nil,8,0)
