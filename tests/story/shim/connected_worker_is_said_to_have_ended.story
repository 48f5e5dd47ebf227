# Who had started a worker that connected by itself tells that it has ended, and how (features bit 3): its tasks go back at once, with these words.
shim workers=2 only_connect=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker name="w1"
w2 joins as worker name="w2"
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
x opens for workers
x > HELLO role=worker name="w1" features=8 software="was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,1,0)] text~"worker w1 was killed by signal 9 (Killed)"
expect w1 is closed
expect x < ERROR code=REFUSED seq=0 text="it is noted that this worker has ended"
# with what it said as it ended
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w2 < SUBMIT return_address=(nil,2,0)
z opens for workers
z > HELLO role=worker name="w2" features=8 software="exited with status 7; it said: Fatal Python error: Segmentation fault | Current thread (most recent call first): | File x.py, line 3 in f"
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
expect boss < RETURN reason=2 addresses=[(nil,2,0)] text~"exited with status 7; it said: Fatal Python error: Segmentation fault | Current thread (most recent call first): | File x.py, line 3 in f"
expect w2 is closed
expect z < ERROR code=REFUSED seq=0
# of one that is not here
y opens for workers
y > HELLO role=worker name="w7" features=8 software="exited with status 1"
expect y < ERROR code=REFUSED seq=0
