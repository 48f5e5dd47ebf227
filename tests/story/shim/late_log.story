# A log record of a root that has ended here is discarded.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="late"
expect nothing
expect counts discarded=1
