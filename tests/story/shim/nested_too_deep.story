# A worker's task that is nested deeper than may be: the boss hears that its root fails, and of which setting; the worker stays.
shim workers=1 max_breadcrumbs=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > WAITING idle=1 room=1
w1 > SUBMIT return_address=(w1,5,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect w1 < SUBMIT return_address=(w1,5,0)
w1 > SUBMIT return_address=(w1,6,0) comp_task_id=7 breadcrumbs=[(nil,7,0),(w1,5,0)] body="h"
expect boss < ERROR code=TOO_LARGE task=(w1,6,0) root=(nil,7,0) text~"limits/breadcrumbs"
