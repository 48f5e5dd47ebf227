# The tasks of a worker that dies go back to the boss, with how it died; it is replaced after a pause, under another id.
shim workers=1 respawn_first=100 worker_young=10000
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
after 20000 ms
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text~"was killed by signal 9 (Killed)"
expect w1 is closed
after 1000 ms
expect worker 0 is spawned
w2 joins as worker in slot 0
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w2 < SUBMIT return_address=(nil,8,0)
w2 > RESULT return_address=(nil,8,0) completed_by=w2 body="2"
expect boss < RESULT completed_by=w1+1
