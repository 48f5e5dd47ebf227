# A worker that the boss believes lost cannot go on under its id: it is killed and replaced, and what it had goes back.
shim workers=2 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
boss > EMPLOYEE_LOST ranges=[(100,101),(300,400)]
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text~"the boss has given it up"
expect worker 0 is killed
expect w1 is closed
worker 0 exits "was killed by signal 9 (Killed)"
after 100 ms
expect worker 0 is spawned
w3 joins as worker in slot 0
w2 > RESULT return_address=(nil,8,0) completed_by=w2 body="2"
expect boss < RESULT return_address=(nil,8,0)
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 body="f(3)"
expect w3 < SUBMIT return_address=(nil,9,0)
w3 > RESULT return_address=(nil,9,0) completed_by=w3 body="3"
expect boss < RESULT completed_by=102
