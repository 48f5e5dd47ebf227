# What was handed over since the last WAITING has ended, and its worker goes on with a task that woke up, and dies: each of the suspended ones may be to blame, not only the newest.
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
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 body="f(3)"
expect w1 < SUBMIT return_address=(nil,9,0)
w1 > RESULT return_address=(nil,9,0) completed_by=w1 body="3"
expect boss < RESULT return_address=(nil,9,0)
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,8,0),(nil,7,0)]
expect w1 is closed
