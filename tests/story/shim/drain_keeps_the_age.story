# What was given back to a manager that drains, and stays there since it descends from what runs, keeps its place: it is given to no worker where it would wait behind a newer task.
shim workers=2
hide STARTED WAITING RECALL
boss joins as boss
w1 joins as worker in slot 0 idle=1 room=1
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > WAITING idle=1 room=4
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect w2 < SUBMIT return_address=(w1,1,0)
expect w2 < SUBMIT return_address=(w1,1,1)
boss > DRAIN
w2 > WAITING idle=0 room=0
w2 > RETURN reason=0 addresses=[(w1,1,0)]
expect nothing
turn
w2 > WAITING idle=0 room=1
expect nothing
w2 > RESULT return_address=(w1,1,1) completed_by=w2 body="1"
w2 > WAITING idle=1 room=4
expect w1 < RESULT return_address=(w1,1,1)
expect w2 < SUBMIT return_address=(w1,1,0)
expect nothing
