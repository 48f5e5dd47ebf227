# DRAIN: what waits for one worker keeps no other one from children that it could do: of these there is room, and of no others.
shim workers=2 prefetch=1
hide STARTED
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=plain idle=0 room=0
expect boss < WAITING idle=1 room=2
expect boss < WAITING idle=1 room=2 full=[plain]
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 runtime=python body="f"
expect w1 < SUBMIT return_address=(nil,1,0)
expect boss < WAITING idle=0 room=1
boss > DRAIN
expect boss < WAITING idle=0 room=0 own_room=0
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] runtime=python body="g(0)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=1 breadcrumbs=[(nil,1,0)] runtime=python body="g(1)"
expect boss < SUBMIT return_address=(w1,1,1)
expect boss < WAITING idle=0 room=0 queued=1 own_room=0
w2 > WAITING idle=1 room=1
expect boss < WAITING idle=0 room=0 queued=1 own_room=1 full=[python]
# what went up has a child
boss > SUBMIT return_address=(900,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0),(w1,1,1)] runtime=plain body="h"
expect w2 < SUBMIT return_address=(900,1,0)
expect boss < WAITING idle=0 room=0 queued=1 own_room=0 full=[]
expect nothing
