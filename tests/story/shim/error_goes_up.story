# A task's error goes up; the rest of its root goes on until the boss cancels it: it may have given the root out again
# meanwhile, and a worker that saw a root's address cancelled never runs it. Other roots go on.
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
expect nothing
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect w1 < CANCEL addresses=[(nil,7,0)]
expect w2 < CANCEL addresses=[(nil,7,0)]
expect nothing
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(nil,8,0)
