# A worker that finishes a child of its own says UPDATE. Where the task was the boss's, the boss is told.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect boss < SUBMIT return_address=(w1,1,1)
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT return_address=(w1,1,0)
w1 > UPDATE addresses=[(w1,1,0)]
w1 > WAITING idle=1 room=1
expect nothing
boss > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w1 < SUBMIT return_address=(w1,1,1)
w1 > UPDATE addresses=[(w1,1,1)]
expect boss < UPDATE addresses=[(w1,1,1)]
