# The boss says that workers elsewhere are lost: what descends from them here is cancelled, by its own address, held or queued, and what comes of it later is discarded.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
boss > SUBMIT return_address=(500,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
boss > SUBMIT return_address=(600,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0),(500,2,0)] body="h(1)"
expect w1 < SUBMIT return_address=(600,1,0)
boss > EMPLOYEE_LOST ranges=[(500,501),(700,800)]
expect w1 < CANCEL addresses=[(600,1,0)] root=(nil,7,0)
expect counts tasks=0
w1 > RESULT return_address=(600,1,0) completed_by=w1 body="late"
expect nothing
w1 > WAITING idle=1 room=1
boss > SUBMIT return_address=(601,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0),(750,2,0)] body="h(2)"
boss > SUBMIT return_address=(601,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="h(3)"
expect w1 < SUBMIT return_address=(601,1,1)
expect counts tasks=1 discarded=2
