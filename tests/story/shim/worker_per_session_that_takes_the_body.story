# Where no worker has tasks of two sessions, the place of one that takes the body is made free for it, not that of one that does not.
shim workers=2 per_session=1
hide STARTED WAITING
boss joins as boss features=16
w1 joins as worker in slot 0 features=16 max_body=1000
w2 joins as worker in slot 1 features=16
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="a"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 session=7 body="b"
expect w1 < SUBMIT session=7 body="a"
expect w2 < SUBMIT session=7 body="b"
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="A"
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="B"
expect boss < RESULT return_address=(nil,1,0) body="A"
expect boss < RESULT return_address=(nil,2,0) body="B"
w1 > WAITING idle=1 room=1
w2 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 session=8 body="x"*1001
expect w2 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
worker 1 exits "was killed by signal 9"
w3 joins as worker in slot 1 features=16
expect w3 < SUBMIT session=8 attempt=0
