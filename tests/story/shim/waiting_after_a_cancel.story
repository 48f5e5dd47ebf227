# When a task that the boss counts on is dropped, the shim says WAITING anew, so that no credit leaks.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(0)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
show WAITING
boss > CANCEL addresses=[(nil,8,0)] root=(nil,8,0)
expect boss < WAITING idle=0 room=1 receipt=3
