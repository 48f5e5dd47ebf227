# A task that the shim had kept for its own workers, and that waited at one that died, is given out again without an attempt.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 joins as worker in slot 1
w2 > WAITING idle=1 room=2
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0)
expect w2 < SUBMIT return_address=(w1,1,1)
worker 1 exits begun=1 running=(w1,1,0) "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < LOG task=(w1,1,0) text~"is given out again"
expect w2 is closed
w1 > WAITING idle=1 room=2
expect w1 < SUBMIT return_address=(w1,1,1) attempt=0
expect w1 < SUBMIT return_address=(w1,1,0) attempt=1
