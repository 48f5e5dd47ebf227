# A result from above goes to the worker whose mailbox it is for. (Manager.handle_message, RESULT from above)
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,7,1)
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=7 breadcrumbs=[(nil,7,1)] body="g"
expect boss < SUBMIT return_address=(w2,1,0)
boss > RESULT return_address=(w2,1,0) completed_by=500 body="3"
expect w2 < RESULT return_address=(w2,1,0) completed_by=500 body="3"
