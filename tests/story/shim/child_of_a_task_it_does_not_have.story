# A child counts only from the worker that runs its parent.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect nothing
expect counts tasks=1 discarded=1
