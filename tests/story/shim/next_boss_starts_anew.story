# The next boss hears of this manager's workers when it has given ids, and gets nothing of what the one before had queued or cancelled.
shim workers=1 prefetch=2
hide WAITING STARTED
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="old"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="old too"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
boss > DISCONNECT text="restarting"
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
show STARTED
next opens
next > HELLO role=boss
expect next < WELCOME role=manager peer_boot=nil
worker 0 starts
w2 opens for workers
w2 > HELLO role=worker name="w0.2"
expect w2 < WELCOME
expect nothing
next > CONNECT ranges=[(100,200)]
expect next < STARTED total_workers=0
expect w2 < CONNECT ranges=[(w2,endw2)]
w2 > STARTED total_workers=1 runtimes=[(python,"3.11")]
w2 > WAITING idle=1 room=1
expect next < STARTED total_workers=1
expect nothing
# the same numbers as before, and another task
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="new"
expect w2 < SUBMIT body="new"
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="new child"
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(w2,1,0) body="new child"
