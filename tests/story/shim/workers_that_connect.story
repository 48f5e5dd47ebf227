# With -x workers come by themselves: none is spawned. The tasks of one that leaves go back to the boss; it is not replaced.
shim workers=2 only_connect=1
hide STARTED WAITING
boss joins as boss
expect nothing
w1 joins as worker
w2 joins as worker
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,7,1)
w1 > DISCONNECT text="machine goes down"
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)] text~"it left"
w2 > RESULT return_address=(nil,7,1) completed_by=w2 body="1"
expect boss < RESULT return_address=(nil,7,1)
