# The last words of a manager that leaves are all there: a child of the boss's that ended here is named in an UPDATE first.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="kept"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="surplus"
expect boss < SUBMIT return_address=(w1,1,1)
w1 > CANCEL addresses=[(w1,1,0)] root=(nil,1,0)
expect boss < CANCEL addresses=[(w1,1,0)]
w2 > WAITING idle=1 room=1
boss > SUBMIT return_address=(w1,1,1) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="surplus"
expect w2 < SUBMIT return_address=(w1,1,1)
boss > DRAIN
expect nothing
w2 > RESULT return_address=(w1,1,1) completed_by=w2 body="1"
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
expect w1 < RESULT return_address=(w1,1,1)
expect boss < RESULT return_address=(nil,1,0)
expect boss < UPDATE addresses=[(w1,1,1)]
# when the boss has read it
after 200 ms
expect w1 < SHUTDOWN
expect w2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
