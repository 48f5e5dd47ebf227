# What a worker had that has ended is taken back a part at a time, where there is much of it: first what it ran, then what may be lost with it, then what it had not begun, which is given out again in its order.
shim workers=1 work=64
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 idle=1 room=8
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["0","1","2","3","4","5","6","7"]
after 0 ms
expect w1 < SUBMIT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,7,1)
expect w1 < SUBMIT return_address=(nil,7,2)
expect w1 < SUBMIT return_address=(nil,7,3)
expect w1 < SUBMIT return_address=(nil,7,4)
expect w1 < SUBMIT return_address=(nil,7,5)
expect w1 < SUBMIT return_address=(nil,7,6)
expect w1 < SUBMIT return_address=(nil,7,7)
worker 0 exits begun=3 running=(nil,7,1) "has crashed"
expect boss < EMPLOYEE_LOST
expect boss < RETURN reason=2 addresses=[(nil,7,1)]
expect boss < RETURN reason=1 addresses=[(nil,7,2)]
expect w1 is closed
expect worker 0 is spawned
expect counts tasks=6 queued=0
after 0 ms
expect boss < RETURN reason=1 addresses=[(nil,7,0)]
w2 joins as worker in slot 0 idle=1 room=8
after 0 ms
expect w2 < SUBMIT return_address=(nil,7,3) attempt=0
expect w2 < SUBMIT return_address=(nil,7,4) attempt=0
expect w2 < SUBMIT return_address=(nil,7,5) attempt=0
expect w2 < SUBMIT return_address=(nil,7,6) attempt=0
expect w2 < SUBMIT return_address=(nil,7,7) attempt=0
