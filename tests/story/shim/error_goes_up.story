# A task's error goes up; the rest of its root that is here is cancelled at once. Other roots go on.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
w2 > ERROR code=TASK_FAILED text="Traceback: g" task=(w1,1,0) root=(nil,7,0) body="exception"
expect boss < ERROR code=TASK_FAILED text="Traceback: g" task=(w1,1,0) root=(nil,7,0) body="exception"
expect w1 < CANCEL addresses=[(nil,7,0)]
expect w2 < CANCEL addresses=[(nil,7,0)]
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect nothing
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(nil,8,0)
