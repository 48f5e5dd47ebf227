# A batch from above is spread over the idle workers, one task each. What is beyond them waits in the shim until a worker asks.
shim workers=2 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)","f(2)","f(3)"]
expect w1 < SUBMIT return_address=(nil,7,0) body="f(0)"
expect w2 < SUBMIT return_address=(nil,7,1) body="f(1)"
expect nothing
w2 > RESULT return_address=(nil,7,1) completed_by=w2 body="1"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,7,1) body="1"
expect w2 < SUBMIT return_address=(nil,7,2) body="f(2)"
