# A manager of managers wants what descends from the tasks of one that drains below it, and gives it to that one.
shim lines=2
hide STARTED
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
expect boss < WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f"
expect m1 < SUBMIT return_address=(nil,1,0)
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g"
expect boss < SUBMIT return_address=(m1,1,0)
m1 > WAITING idle=0 room=0 own_room=2
expect boss < WAITING idle=0 room=0 queued=0 own_room=2
boss > SUBMIT return_address=(m1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g"
expect m1 < SUBMIT return_address=(m1,1,0)
expect nothing
