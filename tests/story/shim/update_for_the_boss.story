# A task of the boss whose parent is below ends without a result that passes the boss: UPDATE names it.
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect boss < SUBMIT return_address=(w1,1,0)
w2 > RESULT return_address=(nil,8,0) completed_by=w2 body="2"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,8,0)
# the boss finds that this shim is the best place after all
boss > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="0"
expect w1 < RESULT return_address=(w1,1,0) body="0"
expect boss < UPDATE addresses=[(w1,1,0)]
