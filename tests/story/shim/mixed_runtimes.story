# Workers of different runtimes below one manager: the room is for those that are free, the runtimes without room are named, and what waits for
# one of them keeps nobody else from work.
shim workers=2
hide STARTED
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=plain
expect boss < WAITING idle=1 room=1
expect boss < WAITING idle=2 room=2 full=[]
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 runtime=python body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect boss < WAITING idle=1 room=1 queued=0 full=[python]
# this one had crossed it
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 runtime=python body="f(2)"
expect boss < WAITING idle=1 room=1 queued=1 full=[python]
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 runtime=plain body="f(3)"
expect w2 < SUBMIT return_address=(nil,9,0)
expect boss < WAITING idle=0 room=0 queued=1 full=[]
