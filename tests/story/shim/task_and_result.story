# A task from above goes to an idle worker; its result goes up. (Manager.handle_message, SUBMIT from above; handle_result_from_below)
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 name="one" meta="log" body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0) comp_task_id=7 breadcrumbs=[] name="one" meta="log" body="f(1)"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0) completed_by=w1 body="1"
