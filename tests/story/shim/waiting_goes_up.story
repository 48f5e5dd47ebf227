# WAITING tells the boss how many workers are idle, how many tasks are wanted, and which SUBMIT was read. (Manager.update_upstream_idle_workers)
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
turn
show WAITING
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(0)"
expect w1 < SUBMIT
# the boss can tell by itself that one worker less is idle
expect nothing
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="0"
w1 > WAITING idle=1 room=1
expect boss < RESULT
expect boss < WAITING idle=2 room=3 receipt=2
