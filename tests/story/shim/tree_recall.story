# A RECALL is passed on to the managers below that have tasks queued. What they give back goes up: it is not put into their own prefetch again.
shim lines=2
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0 idle=1 room=3
m2 joins as manager on line 1 idle=0 room=0
expect nothing
show WAITING
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect m1 < SUBMIT return_address=(nil,1,0)
expect m1 < SUBMIT return_address=(nil,2,0)
expect m1 < SUBMIT return_address=(nil,3,0)
# the boss knows that two of them are queued, and so it is
expect nothing
m1 > WAITING idle=0 room=0 queued=2
expect nothing
boss > RECALL count=1 runtimes=[python]
expect m1 < RECALL count=1 runtimes=[python]
m1 > RETURN reason=0 addresses=[(nil,3,0)]
m1 > WAITING idle=0 room=1 queued=1
expect boss < RETURN reason=0 addresses=[(nil,3,0)]
expect boss < WAITING idle=0 room=1 queued=1
expect nothing
