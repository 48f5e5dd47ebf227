# A cancel from above goes to the workers that have a part of it; what still waits here is never started.
shim workers=3 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)"]
boss > SUBMIT_BATCH return_address=(nil,8,0) comp_task_id=8 bodies=["h(0)","h(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
boss > CANCEL addresses=[(nil,8,0)] root=(nil,8,0)
boss > CANCEL addresses=[(nil,8,1)] root=(nil,8,1)
expect w2 < CANCEL addresses=[(nil,8,0)]
w2 > WAITING idle=1 room=1
expect nothing
# late mail of the cancelled one ends here
w2 > RESULT return_address=(nil,8,0) completed_by=w2 body="late"
expect nothing
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="0"
expect boss < RESULT return_address=(nil,7,0)
