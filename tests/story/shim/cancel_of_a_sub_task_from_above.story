# The boss cancels a nested task whose parent is elsewhere: the worker that has it is told, and what it submitted goes with it. The rest of the root goes on.
shim workers=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(500,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect w1 < SUBMIT return_address=(500,1,0)
expect w2 < SUBMIT return_address=(500,1,1)
w3 joins as worker in slot 2
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0),(500,1,0)] body="h"
expect w3 < SUBMIT return_address=(w1,1,0)
boss > CANCEL addresses=[(500,1,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(500,1,0)] root=(nil,7,0)
expect w3 < CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect nothing
w3 > RESULT return_address=(w1,1,0) completed_by=w3 body="late"
expect nothing
w2 > RESULT return_address=(500,1,1) completed_by=w2 body="1"
expect boss < RESULT return_address=(500,1,1)
