# A child that the boss sends back down just when its parent cancels it is dropped, and its credit given back.
shim workers=1 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(0)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > WAITING idle=1 room=1
w1 > CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect boss < CANCEL addresses=[(w1,1,0)]
show WAITING
boss > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect boss < WAITING idle=1 room=1 receipt=3
expect nothing
