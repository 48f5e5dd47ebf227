# A RECALL does not take from a worker that is idle here what it could run now.
shim workers=2 prefetch=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
boss > RECALL count=9 runtimes=[python]
w2 > WAITING idle=1 room=1
expect boss < RETURN reason=0 addresses=[(nil,2,0)]
expect w2 < SUBMIT return_address=(nil,3,0)
expect nothing
