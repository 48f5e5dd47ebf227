# A signal that asks programs to end, sent to all at once: the worker dies of it a moment before the shim hears of it, or after; either way it costs no attempt.
shim workers=3 prefetch=1 drain_grace=5000 respawn_first=100
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
w3 joins as worker in slot 2
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,3,0)
expect w3 < SUBMIT return_address=(nil,2,0)
worker 0 exits "was killed by signal 15 (Terminated)"
expect nothing
terminate
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 is closed
worker 1 exits "was killed by signal 15 (Terminated)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < RETURN reason=0 addresses=[(nil,3,0)]
expect w2 is closed
# any other death is what it is
worker 2 exits "was killed by signal 11 (Segmentation fault)"
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
expect boss < RETURN reason=2 addresses=[(nil,2,0)]
expect w3 is closed
after 200 ms
expect boss < DISCONNECT
expect exit 0
