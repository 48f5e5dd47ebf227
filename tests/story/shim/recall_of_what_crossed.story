# A task that crosses its worker's word that it is busy again waits there: it is recalled when another worker is idle, though this one has never asked for tasks ahead, for it says what it has begun.
shim workers=2
hide STARTED
boss joins as boss
w1 joins as worker in slot 0 idle=0 room=0
w2 joins as worker in slot 1 idle=0 room=0
expect nothing
w1 > WAITING idle=1 room=1
expect boss < WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="a"
expect w1 < SUBMIT return_address=(nil,1,0) seq=S1
w1 > WAITING idle=1 room=1 begun=1 # it waits for a child
expect boss < WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="b"
expect w1 < SUBMIT return_address=(nil,2,0)
w1 > WAITING idle=0 room=0 begun=1 running=(nil,1,0) receipt=S1
expect boss < WAITING idle=0 room=0 queued=1
w2 > WAITING idle=1 room=1
expect w1 < RECALL count=1 runtimes=[python]
expect boss < WAITING idle=1 room=1 queued=1
w1 > RETURN reason=0 addresses=[(nil,2,0)]
w1 > WAITING idle=0 room=0 begun=1 running=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,2,0) attempt=0
expect boss < WAITING idle=0 room=0 queued=0
