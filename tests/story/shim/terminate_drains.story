# SIGTERM: what is queued goes back at once, what runs may end within the grace time. A worker that dies meanwhile is not replaced.
shim workers=2 prefetch=1 drain_grace=5000 respawn_first=100
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,2,0)
terminate
expect boss < RETURN reason=0 addresses=[(nil,3,0)]
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,1,0)]
expect w1 is closed
after 4000 ms
expect nothing
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="2"
expect boss < RESULT return_address=(nil,2,0)
# when the boss has read it
after 200 ms
expect w2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
