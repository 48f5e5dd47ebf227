# A worker's key is let in no more: it is lost at once, and what it ran goes back. The boss's: all of its work is over.
shim workers=2 only_connect=1
b1 joins as boss key=broker:old
expect b1 < STARTED total_workers=0
w1 joins as worker key=worker:w1
w2 joins as worker key=worker:w2
expect b1 < STARTED total_workers=1
expect b1 < WAITING idle=1
expect b1 < STARTED total_workers=2
expect b1 < WAITING idle=2
b1 > SUBMIT return_address=(nil,7,0) comp_task_id=7 runtime=python body="f(1)"
b1 > SUBMIT return_address=(nil,8,0) comp_task_id=8 runtime=python body="f(2)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
key worker:w1 is revoked
expect w1 is closed
expect log "key is not let in any more"
expect b1 < EMPLOYEE_LOST
expect b1 < RETURN addresses=[(nil,7,0)]
expect b1 < STARTED total_workers=1
key broker:old is revoked
expect b1 is closed
expect w2 < DISCONNECT text~"boss"
expect w2 is closed
expect counts tasks=0
