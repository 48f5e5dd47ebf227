# A child that is too large for each worker here goes up: somebody elsewhere may take it. What the boss gave this shim fails.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 max_body=1000
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"*1001
w1 > WAITING idle=1 room=1
expect boss < SUBMIT return_address=(w1,1,0)
boss > RESULT return_address=(w1,1,0) completed_by=9 body="1"
expect w1 < RESULT return_address=(w1,1,0)
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="h"*1001
expect boss < ERROR code=TOO_LARGE task=(nil,8,0) text~"max-body"
