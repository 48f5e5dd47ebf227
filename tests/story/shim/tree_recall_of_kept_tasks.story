# What a manager below had kept for its own workers goes up through this one, too, when the boss has recalled it.
shim lines=2 prefetch=4
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0 idle=1 room=3
m2 joins as manager on line 1 idle=0 room=0
expect nothing
show WAITING
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,1,0)
m1 > WAITING idle=0 room=0 queued=1
expect boss < WAITING idle=0 room=4 queued=1
boss > RECALL count=1 runtimes=[python]
expect m1 < RECALL count=1 runtimes=[python]
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g"
m1 > WAITING idle=0 room=1 queued=0
expect boss < SUBMIT return_address=(m1,1,0) body="g"
expect boss < WAITING idle=0 room=5 queued=0
expect nothing
