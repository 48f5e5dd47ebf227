# A worker that takes smaller bodies is no candidate for a larger task; when the shim drains, one that waits for such a worker goes back.
shim workers=2 prefetch=2 drain_grace=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 max_body=1000
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="x"*1001
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="y"*1001
boss > SUBMIT return_address=(nil,9,0) comp_task_id=9 body="f"
expect w2 < SUBMIT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,9,0)
expect nothing
terminate
expect boss < RETURN reason=0 addresses=[(nil,8,0)]
w1 > RESULT return_address=(nil,9,0) completed_by=w1 body="1"
w2 > RESULT return_address=(nil,7,0) completed_by=w2 body="1"
expect boss < RESULT return_address=(nil,9,0)
expect boss < RESULT return_address=(nil,7,0)
after 200 ms
expect w1 < SHUTDOWN
expect w2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
