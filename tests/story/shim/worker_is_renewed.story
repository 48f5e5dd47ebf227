# A worker that leaves to be renewed, for a task that it gave back, has begun nothing: that costs no attempt, and another
# process takes its slot at once, but no more than renew/rate of them in a second.
shim workers=1 renew_rate=2
hide STARTED WAITING
boss joins as boss features=16
w1 joins as worker in slot 0 features=16
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 session=7 body="a"
expect w1 < SUBMIT session=7 body="a"
w1 > DISCONNECT corr=1 detach=1 text="it is renewed"
expect w1 < DISCONNECT corr=1
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
worker 0 exits "was killed by signal 9"
w2 joins as worker in slot 0 features=16
expect w2 < SUBMIT attempt=0 body="a"
w2 > DISCONNECT detach=1 text="it is renewed"
expect w2 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
worker 0 exits "was killed by signal 9"
after 499 ms
expect nothing
after 1 ms
worker 0 starts
