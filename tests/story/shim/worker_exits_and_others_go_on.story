# The tasks of the other workers, and the rest that waits, are not touched by a worker's death.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 body="f(3)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
worker 0 exits "exited with status 3"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text~"exited with status 3"
expect w1 is closed
w2 > RESULT return_address=(nil,8,0) completed_by=w2 body="2"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,8,0)
expect w2 < SUBMIT return_address=(nil,9,0)
