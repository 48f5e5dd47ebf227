# What waits for another runtime stays; a runtime that nobody here has heard of is no fault. When there is something of that runtime later, it goes up at once.
shim workers=2 prefetch=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=bqskit idle=0 room=0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w1 < SUBMIT return_address=(nil,1,0)
boss > RECALL count=5 runtimes=[bqskit,fortran]
expect nothing
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] runtime=bqskit body="g(0)"
expect boss < SUBMIT return_address=(w1,1,0) runtime=bqskit
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=1 breadcrumbs=[(nil,1,0)] runtime=bqskit body="g(1)"
expect nothing
expect counts queued=3
