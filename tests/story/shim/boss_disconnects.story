# A boss that ends says DISCONNECT. The workers that have ids of its range are ended and replaced, for the next boss gives others.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss > DISCONNECT text="restarting"
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
next joins as boss lower=300 upper=400
after 1000 ms
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w2 < SUBMIT return_address=(nil,1,0)
w2 > RESULT return_address=(nil,1,0) completed_by=w2 body="1"
expect next < RESULT completed_by=300 body="1"
