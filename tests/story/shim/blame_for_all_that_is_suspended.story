# A worker that has said WAITING since the last task was handed over dies with one of those that are suspended there: any of them may be to blame.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,8,0)
w1 > WAITING idle=1 room=1
turn
worker 0 exits "was killed by signal 11 (Segmentation fault)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,8,0),(nil,7,0)]
expect w1 is closed
