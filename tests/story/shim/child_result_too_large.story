# A near child's result larger than its parent's worker accepts is an error of the root, which would wait for ever otherwise.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 max_body=1000
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect w2 < SUBMIT return_address=(w1,1,0)
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="r"*1001
expect boss < ERROR code=TOO_LARGE task=(w1,1,0) root=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
expect nothing
