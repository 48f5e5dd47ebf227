# DRAIN: what is queued goes back at once, nothing new is wanted but what descends from what runs, and that ends. When all is done, this manager leaves.
shim workers=2 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
expect nothing
show WAITING
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
boss > DRAIN
expect boss < RETURN reason=0 addresses=[(nil,2,0),(nil,3,0)]
expect boss < WAITING idle=0 room=0 queued=0
# a worker becomes idle: children stay here, as ever, what is too much goes up
w2 > WAITING idle=1 room=1
expect boss < WAITING idle=0 room=0 queued=0 own_room=1
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(0)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(1)"
w1 > SUBMIT return_address=(w1,1,2) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(2)"
w1 > SUBMIT return_address=(w1,1,3) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(3)"
expect w2 < SUBMIT return_address=(w1,1,0)
expect boss < SUBMIT return_address=(w1,1,3)
expect boss < WAITING idle=0 room=0 queued=2 own_room=0
# workers elsewhere are idle
boss > RECALL count=2 runtimes=[python]
expect boss < SUBMIT return_address=(w1,1,1)
expect boss < SUBMIT return_address=(w1,1,2)
expect boss < WAITING idle=0 room=0 queued=0 own_room=0
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="0"
w2 > WAITING idle=1 room=1
expect w1 < RESULT return_address=(w1,1,0)
expect boss < WAITING idle=0 room=0 queued=0 own_room=1
# nobody else takes it, so the boss gives it back
boss > SUBMIT return_address=(w1,1,3) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(3)"
expect w2 < SUBMIT return_address=(w1,1,3) body="g(3)"
# what the boss had sent before it heard goes back as well
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 body="f(4)"
expect boss < RETURN reason=0 addresses=[(nil,4,0)]
expect boss < WAITING idle=0 room=0 queued=0 own_room=0
expect nothing
w2 > RESULT return_address=(w1,1,3) completed_by=w2 body="1"
expect boss < UPDATE addresses=[(w1,1,3)]
expect w1 < RESULT return_address=(w1,1,3)
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,1,0)
# when the boss has read it
after 200 ms
expect w1 < SHUTDOWN
expect w2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
