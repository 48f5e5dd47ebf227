# RECALL: up to so many queued tasks of the boss's go back by RETURN 0; the last one that wants work elsewhere holds until the next SUBMIT.
shim workers=1 prefetch=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
expect nothing
show WAITING
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 body="f(4)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect nothing
# three are queued here, which the boss derives by itself
boss > RECALL count=2 runtimes=[python]
expect boss < RETURN reason=0 addresses=[(nil,2,0),(nil,3,0)]
expect boss < WAITING idle=0 room=2 queued=1
boss > RECALL count=2 runtimes=[python]
expect boss < RETURN reason=0 addresses=[(nil,4,0)]
expect boss < WAITING idle=0 room=3 queued=0
expect counts tasks=1 queued=0
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
w1 > WAITING idle=1 room=1
expect boss < RESULT
expect boss < WAITING idle=1 room=4 queued=0
boss > SUBMIT return_address=(nil,5,0) comp_task_id=5 body="f(5)"
boss > SUBMIT return_address=(nil,6,0) comp_task_id=6 body="f(6)"
expect w1 < SUBMIT return_address=(nil,5,0)
expect nothing
expect counts queued=1
