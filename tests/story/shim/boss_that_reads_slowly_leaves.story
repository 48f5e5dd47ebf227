# A boss that takes results slowly leaves while tasks are held back for that: they are forgotten with all of its, and the manager waits for the next boss.
shim workers=2 prefetch=9
hide STARTED WAITING
boss joins as boss window=1000
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,2,0)
boss is silent
boss >> ACK
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="r"*9000
expect boss < RESULT return_address=(nil,1,0)
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="r"*9000
w2 > WAITING idle=1 room=1
expect nothing
boss > DISCONNECT text="update"
expect boss < RESULT return_address=(nil,2,0)
expect boss is closed
expect among w1 < DISCONNECT
expect among w2 < DISCONNECT
expect w1 is closed
expect w2 is closed
expect worker 0 is killed
expect worker 1 is killed
