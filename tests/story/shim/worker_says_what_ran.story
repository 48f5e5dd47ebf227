# A worker that connects by itself says what has begun and what runs; what it had begun a moment ago and not told of is to blame where that has ended.
shim workers=2 only_connect=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker
w1 > WAITING idle=1 room=4
boss > SUBMIT_BATCH return_address=(nil,1,0) comp_task_id=1 bodies=["a","b","c","d"]
expect w1 < SUBMIT return_address=(nil,1,0)
expect w1 < SUBMIT
expect w1 < SUBMIT
expect w1 < SUBMIT
w1 > WAITING room=0 begun=2 running=(nil,1,1)
w1 > RESULT return_address=(nil,1,1) completed_by=w1 body="b"
expect boss < RESULT return_address=(nil,1,1)
w1 > DISCONNECT text="gone"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,1,2)]
expect boss < RETURN reason=1 addresses=[(nil,1,0)]
expect w1 is closed
expect counts queued=1
