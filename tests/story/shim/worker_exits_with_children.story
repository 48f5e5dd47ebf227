# When the worker of a parent dies, its children on other workers are cancelled, each by its own address: the parent will run again under the same one.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
expect w2 < CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect w1 is closed
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="late"
expect nothing
