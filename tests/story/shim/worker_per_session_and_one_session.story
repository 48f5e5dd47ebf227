# Where no worker has tasks of two sessions, a child that is too large for the worker of its parent waits for another one of the same session, too; and what that one needs to end comes down all the same.
shim workers=2 per_session=1
hide STARTED
boss joins as boss features=16
w1 joins as worker in slot 0 features=16
w2 joins as worker in slot 1 features=16 max_body=1000
expect boss < WAITING
expect boss < WAITING
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="f"
expect w1 < SUBMIT session=7 body="f"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 session=7 body="g"
expect w2 < SUBMIT session=7 body="g"
# the second task's child is too large for its own worker
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=2 breadcrumbs=[(nil,2,0)] body="y"*1001
expect boss < SUBMIT return_address=(w2,1,0)
w2 > WAITING idle=1 room=1
expect boss < WAITING idle=0 room=0 own_room=1
boss > SUBMIT return_address=(w2,1,0) comp_task_id=2 breadcrumbs=[(nil,2,0)] session=7 body="y"*1001
expect boss < WAITING idle=0 room=0 own_room=1
# the first task's child went up as well, and its worker waits for it
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="f(0)"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > WAITING idle=1 room=1
expect boss < WAITING idle=0 room=0 own_room=2
boss > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] session=7 body="f(0)"
expect w1 < SUBMIT return_address=(w1,1,0) session=7
