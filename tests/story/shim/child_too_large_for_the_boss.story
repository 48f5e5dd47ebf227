# A child that has to go up and is larger than the boss accepts is an error of its root; the shim keeps its boss.
shim workers=1 prefetch=0
hide STARTED WAITING
boss joins as boss max_body=1000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"*1001
expect boss < ERROR code=TOO_LARGE task=(w1,1,0) root=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
