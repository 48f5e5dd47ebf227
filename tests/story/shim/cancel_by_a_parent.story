# A parent cancels its children: near ones here, and those that were sent up, by the boss.
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect w2 < SUBMIT return_address=(w1,1,0)
expect boss < SUBMIT return_address=(w1,1,1)
w1 > CANCEL addresses=[(w1,1,0),(w1,1,1)] root=(nil,7,0)
expect w2 < CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect boss < CANCEL addresses=[(w1,1,0),(w1,1,1)] root=(nil,7,0)
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="late"
boss > RESULT return_address=(w1,1,1) completed_by=500 body="late"
expect nothing
