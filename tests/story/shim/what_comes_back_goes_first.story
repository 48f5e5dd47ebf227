# Tasks that workers give back go out again before newer ones of their rank, in the order in which they were submitted, whoever gave them back first.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 idle=0 room=0
w2 joins as worker in slot 1 idle=0 room=0
expect nothing
w1 > WAITING idle=1 room=3
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)","f(2)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,7,1)
expect w1 < SUBMIT return_address=(nil,7,2)
w2 > WAITING idle=1 room=2
boss > SUBMIT_BATCH return_address=(nil,7,3) comp_task_id=7 bodies=["f(3)","f(4)","f(5)","f(6)"]
expect w2 < SUBMIT return_address=(nil,7,3)
expect w2 < SUBMIT return_address=(nil,7,4)
w2 > RETURN reason=0 addresses=[(nil,7,4)] # what it runs is long, and so is what w1 runs
w1 > RETURN reason=0 addresses=[(nil,7,1),(nil,7,2)]
expect nothing
w2 > RESULT return_address=(nil,7,3) completed_by=w2 body="3"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,7,3)
expect w2 < SUBMIT return_address=(nil,7,1)
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="0"
w1 > WAITING idle=1 room=3
expect boss < RESULT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,7,2)
expect w1 < SUBMIT return_address=(nil,7,4)
expect w1 < SUBMIT return_address=(nil,7,5)
