# A second RECALL adds its runtimes to the first one, which still holds: what comes to be queued later goes up for both.
shim workers=2 prefetch=4
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=plain
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 runtime=python body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 runtime=plain body="f(2)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
boss > RECALL count=1 runtimes=[python]
boss > RECALL count=2 runtimes=[plain]
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 runtime=python breadcrumbs=[(nil,7,0)] body="g"
expect boss < SUBMIT return_address=(w1,1,0)
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=8 runtime=plain breadcrumbs=[(nil,8,0)] body="h"
expect boss < SUBMIT return_address=(w2,1,0)
