# Where no worker has tasks of two sessions another process takes its place for a second one's task, without an attempt.
shim workers=2 per_session=1
hide STARTED WAITING
boss joins as boss features=16
w1 joins as worker in slot 0 features=16
w2 joins as worker in slot 1 features=16
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="a"
expect w1 < SUBMIT session=7 body="a"
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="A"
expect boss < RESULT return_address=(nil,1,0) body="A"
w1 > WAITING idle=1 room=1
# the same session's next task goes where its last one was, another one's to a worker that had none
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 session=7 body="b"
expect w1 < SUBMIT session=7 body="b"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 session=8 body="c"
expect w2 < SUBMIT session=8 body="c"
w2 > RESULT return_address=(nil,3,0) completed_by=w2 body="C"
expect boss < RESULT return_address=(nil,3,0) body="C"
w2 > WAITING idle=1 room=1
# a third session has nobody: the idle one leaves, and the one that works does not
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 session=9 body="d"
expect w2 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
worker 1 exits "was killed by signal 9"
w3 joins as worker in slot 1 features=16
expect w3 < SUBMIT session=9 attempt=0 body="d"
# while both work nothing of others is given to them, though they would take more: it goes back, and nobody leaves
w3 > WAITING idle=0 room=1
boss > SUBMIT return_address=(nil,5,0) comp_task_id=5 session=8 body="e"
expect boss < RETURN reason=0 addresses=[(nil,5,0)]
w3 > RESULT return_address=(nil,4,0) completed_by=w3 body="D"
expect boss < RESULT return_address=(nil,4,0) body="D"
w3 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,5,0) comp_task_id=5 session=8 body="e"
expect w3 is closed
expect worker 1 is killed
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
worker 1 exits "was killed by signal 9"
after 50 ms
w4 joins as worker in slot 1 features=16
expect w4 < SUBMIT session=8 attempt=0 body="e"
