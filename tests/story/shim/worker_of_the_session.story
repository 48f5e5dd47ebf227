# A task goes to the idle worker that had one of its session last; where that is busy, to another one: it waits for none.
shim workers=2
hide STARTED WAITING
boss joins as boss features=16
w1 joins as worker in slot 0 features=16
w2 joins as worker in slot 1 features=16
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="a1"
expect w1 < SUBMIT session=7 body="a1"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 session=8 body="b1"
expect w2 < SUBMIT session=8 body="b1"
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
w1 > WAITING idle=1 room=1
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="1"
w2 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,1,0)
expect boss < RESULT return_address=(nil,2,0)
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 session=8 body="b2"
expect w2 < SUBMIT session=8 body="b2"
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 session=8 body="b3"
expect w1 < SUBMIT session=8 body="b3"
# Both have worked for session 8 last, and keep nothing for it: whoever comes next gets an idle one at once.
w1 > RESULT return_address=(nil,4,0) completed_by=w1 body="3"
w1 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,4,0)
boss > SUBMIT return_address=(nil,5,0) comp_task_id=5 session=7 body="a2"
expect w1 < SUBMIT session=7 body="a2"
