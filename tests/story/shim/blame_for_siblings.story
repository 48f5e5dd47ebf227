# The root of a task that was lost too often fails, and its siblings go with it: the blame does not pass on to what is suspended there.
shim workers=2 max_attempts=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w2 < SUBMIT return_address=(nil,8,0)
w2 > WAITING idle=2 room=2
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0)
expect w2 < SUBMIT return_address=(w1,1,1)
worker 1 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < ERROR code=TOO_MANY_ATTEMPTS task=(w1,1,1) root=(nil,7,0) within=(nil,7,0)
expect boss < ERROR code=TOO_MANY_ATTEMPTS task=(w1,1,0) root=(nil,7,0) within=(nil,7,0)
expect boss < RETURN reason=1 addresses=[(nil,8,0)]
expect w2 is closed
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
