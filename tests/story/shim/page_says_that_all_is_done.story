# A worker dies between two tasks: what it had done, and whose result had not left, is lost, and nobody is to blame.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > WAITING idle=1 room=3
boss > SUBMIT_BATCH return_address=(nil,1,0) comp_task_id=1 bodies=["a","b","c"]
expect w1 < SUBMIT
expect w1 < SUBMIT
expect w1 < SUBMIT
worker 0 exits begun=2 between=1 "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=1 addresses=[(nil,1,1),(nil,1,0)]
expect w1 is closed
expect counts queued=1
