# A task that the shim kept for its own workers is given out again here when its worker dies, one attempt later and with its messages; its client's log says so.
shim workers=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name=g body="g(1)"
w1 > COMMUNICATE addresses=[(w1,1,0)] body="one"
w1 > COMMUNICATE addresses=[(w1,1,0)] body="two"
expect w2 < SUBMIT return_address=(w1,1,0) attempt=0
expect w2 < COMMUNICATE body="one"
expect w2 < COMMUNICATE body="two"
worker 1 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < LOG task=(w1,1,0) root=(nil,7,0) level=30 logger=mailroom text~"g is given out again, for it was lost"
expect w2 is closed
w3 joins as worker in slot 2
expect w3 < SUBMIT return_address=(w1,1,0) attempt=1 body="g(1)"
expect w3 < COMMUNICATE body="one"
expect w3 < COMMUNICATE body="two"
w3 > RESULT return_address=(w1,1,0) completed_by=w3 body="1"
expect w1 < RESULT return_address=(w1,1,0) body="1"
