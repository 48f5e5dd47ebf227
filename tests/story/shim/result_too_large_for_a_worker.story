# A result from above that is larger than the parent's worker accepts: its parent would wait for ever, so that worker's tasks go back to the boss, and it is replaced.
shim workers=1 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 max_body=1000
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect boss < SUBMIT return_address=(w1,1,0)
boss > RESULT return_address=(w1,1,0) completed_by=500 body="r"*1001
expect worker 0 is killed
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text~"larger than it accepts"
