# A child without ancestors, and one whose result would go to another worker, are refused, and their sender replaced.
shim workers=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,7,1)
w3 joins as worker in slot 2
boss > SUBMIT return_address=(nil,7,2) comp_task_id=7 body="f(2)"
expect w3 < SUBMIT return_address=(nil,7,2)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 body="g"
expect w1 < ERROR code=MALFORMED text~"breadcrumbs"
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
w2 > SUBMIT return_address=(w3,1,0) comp_task_id=7 breadcrumbs=[(nil,7,1)] body="g"
expect w2 < ERROR code=MALFORMED text~"return address"
expect w2 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < RETURN reason=2 addresses=[(nil,7,1)]
w3 > RESULT return_address=(nil,7,2) completed_by=w3 body="2"
expect boss < RESULT return_address=(nil,7,2)
