# A result counts only from the worker that has the task.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > RESULT return_address=(nil,7,0) completed_by=w2 body="not mine"
expect nothing
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0) body="1"
