# A manager below gives tasks back: what nobody has begun goes to another one here; what was lost is for the boss to decide on, with the reason; what it does not hold is counted.
shim lines=2
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 room=3
m2 joins as manager on line 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 body="f(3)"
expect m1 < SUBMIT return_address=(nil,7,0)
expect m1 < SUBMIT return_address=(nil,8,0)
expect m1 < SUBMIT return_address=(nil,9,0)
m2 > WAITING idle=1 room=1
m1 > RETURN reason=0 addresses=[(nil,9,0)]
expect m2 < SUBMIT return_address=(nil,9,0) attempt=0 body="f(3)"
m1 > RETURN reason=0 addresses=[(nil,9,0),(nil,99,0)]
m1 > RESULT return_address=(nil,9,0) completed_by=m1 body="no"
expect nothing
expect counts discarded=3
m1 > EMPLOYEE_LOST ranges=[(m1,endm1)]
m1 > RETURN reason=2 addresses=[(nil,7,0)] text="node1: worker w0.1 was killed"
m1 > RETURN reason=1 addresses=[(nil,8,0)] text="node1: worker w0.1 was killed"
expect boss < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text="node1: worker w0.1 was killed"
expect boss < RETURN reason=1 addresses=[(nil,8,0)] text="node1: worker w0.1 was killed"
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect counts tasks=1
