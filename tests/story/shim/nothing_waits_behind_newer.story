# A task that was given back is not given to a worker where it would wait behind a newer one, which may be long: it waits here for a worker that is idle.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 idle=0 room=0
w2 joins as worker in slot 1 idle=0 room=0
expect nothing
w1 > WAITING idle=1 room=3
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)","f(2)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,7,1)
expect w1 < SUBMIT return_address=(nil,7,2)
w2 > WAITING idle=1 room=4
boss > SUBMIT_BATCH return_address=(nil,7,3) comp_task_id=7 bodies=["f(3)","f(4)"]
expect w2 < SUBMIT return_address=(nil,7,3)
expect w2 < SUBMIT return_address=(nil,7,4)
w1 > WAITING idle=0 room=0
w1 > RETURN reason=0 addresses=[(nil,7,1),(nil,7,2)]
boss > SUBMIT return_address=(nil,7,5) comp_task_id=7 body="f(5)"
expect nothing
w2 > RESULT return_address=(nil,7,3) completed_by=w2 body="3"
w2 > RESULT return_address=(nil,7,4) completed_by=w2 body="4"
w2 > WAITING idle=1 room=4
expect boss < RESULT return_address=(nil,7,3)
expect boss < RESULT return_address=(nil,7,4)
expect w2 < SUBMIT return_address=(nil,7,1)
expect w2 < SUBMIT return_address=(nil,7,2)
expect w2 < SUBMIT return_address=(nil,7,5)
