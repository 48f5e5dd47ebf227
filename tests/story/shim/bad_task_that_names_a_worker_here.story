# A task that says it descends from what a worker here has, of a root that was never here, ends with that worker: nobody would want its result.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0 idle=0 room=0
boss > SUBMIT return_address=(900,5,0) comp_task_id=3 breadcrumbs=[(nil,3,0),(w1,1,0)] body="f"
expect counts tasks=1 queued=1
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect w1 is closed
expect counts tasks=0 queued=0
