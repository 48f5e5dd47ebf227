# A worker's child goes to an idle worker of the same shim, and its result straight to its parent. The boss hears nothing of it.
# (Manager.send_up_or_schedule_tasks; there, the boss is told each time.)
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0) breadcrumbs=[(nil,7,0)] body="g(1)"
expect nothing
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="2"
expect w1 < RESULT return_address=(w1,1,0) completed_by=w2 body="2"
expect nothing
