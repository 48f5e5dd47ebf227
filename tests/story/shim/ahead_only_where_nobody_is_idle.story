# Tasks wait at a worker only when nobody is idle, and go back from there when somebody is: RECALL, which the worker answers by RETURN 0.
shim workers=2
hide STARTED
boss joins as boss
w1 joins as worker in slot 0 idle=0 room=0
w2 joins as worker in slot 1 idle=0 room=0
expect nothing
w1 > WAITING idle=1 room=3
w2 > WAITING idle=1 room=1
expect boss < WAITING idle=2 room=4
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="a"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="b"
expect w1 < SUBMIT
expect w2 < SUBMIT
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="c"
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 body="d"
expect w1 < SUBMIT return_address=(nil,3,0)
expect w1 < SUBMIT return_address=(nil,4,0)
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="b"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,2,0)
expect w1 < RECALL count=1 runtimes=[python]
expect boss < WAITING idle=1 room=1 queued=2
w1 > RETURN reason=0 addresses=[(nil,4,0)]
expect w2 < SUBMIT return_address=(nil,4,0) attempt=0
expect boss < WAITING idle=0 room=0 queued=2
