# A worker that sends what workers do not is told so, killed and replaced; its tasks go back to the boss, the other worker goes on.
shim workers=2 respawn_first=100
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,7,1)
w1 > STATUS uuid=u1
expect w1 < ERROR code=UNEXPECTED text~"STATUS"
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
w2 > RESULT return_address=(nil,7,1) completed_by=w2 body="1"
expect boss < RESULT return_address=(nil,7,1)
