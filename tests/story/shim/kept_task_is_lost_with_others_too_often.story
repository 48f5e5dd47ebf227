# A task that the shim kept and that is lost through no fault of its own may be lost max_losses times.
shim workers=3 max_attempts=1 max_losses=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0)
w2 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w2 < SUBMIT return_address=(nil,8,0)
worker 1 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < RETURN reason=2 addresses=[(nil,8,0)]
expect boss < LOG task=(w1,1,0)
expect w2 is closed
w3 joins as worker in slot 2
expect w3 < SUBMIT return_address=(w1,1,0) attempt=1
w3 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)" attempt=1
expect w3 < SUBMIT return_address=(nil,8,0) attempt=1
worker 2 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
expect boss < RETURN reason=2 addresses=[(nil,8,0)]
expect boss < ERROR code=TOO_MANY_ATTEMPTS task=(w1,1,0) within=(nil,7,0)
expect w3 is closed
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
