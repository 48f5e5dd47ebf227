# A dead worker's child that went up, and came back to another worker here, is an orphan too.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="child"
expect boss < SUBMIT return_address=(w1,1,0)
w2 > WAITING idle=1 room=1
boss > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="child"
expect w2 < SUBMIT return_address=(w1,1,0)
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
expect w2 < CANCEL addresses=[(w1,1,0)]
expect w1 is closed
# the boss's CANCEL of the same crosses
boss > CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
# and a child that it had sent before it heard
boss > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="child"
expect nothing
expect counts tasks=0
