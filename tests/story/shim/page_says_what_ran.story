# What a worker's page says when it dies: the task that ran is to blame, what had begun is lost, and what waited there is given out again as if nothing had been.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > WAITING idle=1 room=4
boss > SUBMIT_BATCH return_address=(nil,1,0) comp_task_id=1 bodies=["a","b","c","d"]
expect w1 < SUBMIT
expect w1 < SUBMIT
expect w1 < SUBMIT
expect w1 < SUBMIT
worker 0 exits begun=2 running=(nil,1,1) "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,1,1)] text~"killed by signal 9"
expect boss < RETURN reason=1 addresses=[(nil,1,0)]
expect w1 is closed
expect counts queued=2
w2 joins as worker in slot 0
w2 > WAITING idle=1 room=2
expect w2 < SUBMIT return_address=(nil,1,2) attempt=0
expect w2 < SUBMIT return_address=(nil,1,3) attempt=0
