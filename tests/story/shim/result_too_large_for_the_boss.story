# A result larger than the boss accepts is an error of its task; the shim keeps its boss.
shim workers=1
hide STARTED WAITING
boss joins as boss max_body=1000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="r"*1001
expect boss < ERROR code=TOO_LARGE task=(nil,7,0) root=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect nothing
expect counts tasks=0
