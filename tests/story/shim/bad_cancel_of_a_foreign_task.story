# A worker cancels its own children. One that names another's is told, killed and replaced.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect w2 < ERROR code=MALFORMED text~"CANCEL"
expect w2 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0)
