# A task's body above what the worker accepts is an error of that task; the next task goes.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 max_body=1000
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="x"*1001
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f"
expect boss < ERROR code=TOO_LARGE task=(nil,7,0) root=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,8,0)
