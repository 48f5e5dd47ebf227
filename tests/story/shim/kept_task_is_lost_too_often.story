# A task that the shim kept and that may have killed its workers max_attempts times fails with its root: the error names it, the task of the boss's that it descends from, and each death.
shim workers=3 max_attempts=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0)
worker 1 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < LOG task=(w1,1,0)
expect w2 is closed
w3 joins as worker in slot 2
expect w3 < SUBMIT return_address=(w1,1,0) attempt=1
worker 2 exits "exited with status 1"
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
expect boss < ERROR code=TOO_MANY_ATTEMPTS task=(w1,1,0) root=(nil,7,0) within=(nil,7,0) text="the task was lost 2 times with what ran it, and is given up:\x0aattempt 1: node: worker w1.1 was killed by signal 9 (Killed)\x0aattempt 2: node: worker w2.1 exited with status 1"
expect w3 is closed
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
expect counts tasks=0 failed=1
