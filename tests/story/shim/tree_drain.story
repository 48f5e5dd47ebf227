# A manager of managers that drains gives back what it has queued, and what is queued below. The managers below finish what they have, and then wait for the next boss.
shim lines=1 prefetch=1
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 idle=1 room=3
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 body="f(4)"
expect m1 < SUBMIT return_address=(nil,1,0)
expect m1 < SUBMIT return_address=(nil,2,0)
expect m1 < SUBMIT return_address=(nil,3,0)
m1 > WAITING idle=0 room=0 queued=2
boss > DRAIN
expect boss < RETURN reason=0 addresses=[(nil,4,0)]
expect m1 < RECALL runtimes=[python]
m1 > RETURN reason=0 addresses=[(nil,2,0),(nil,3,0)]
m1 > WAITING idle=0 room=2 queued=0
expect boss < RETURN reason=0 addresses=[(nil,2,0),(nil,3,0)]
expect nothing
m1 > RESULT return_address=(nil,1,0) completed_by=m1 body="1"
expect boss < RESULT return_address=(nil,1,0)
# when the boss has read it
after 200 ms
expect m1 < DISCONNECT
expect boss < DISCONNECT
expect exit 0
