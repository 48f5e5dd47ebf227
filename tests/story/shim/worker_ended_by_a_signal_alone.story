# SIGTERM to a worker and to nobody else is a death like any other.
shim workers=1 prefetch=1 respawn_first=100
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
worker 0 exits "was killed by signal 15 (Terminated)"
after 900 ms
expect nothing
after 100 ms
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,1,0)]
expect w1 is closed
after 100 ms
expect worker 0 is spawned
