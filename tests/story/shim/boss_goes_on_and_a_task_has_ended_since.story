# A task that was returned, has come again and has ended since is not returned a second time to the boss's next process: it would give it out once more, where children of it may be known as cancelled. One that stayed away is.
shim workers=3
hide STARTED WAITING
boss joins as boss lower=100 upper=200 cluster=c1 epoch=4 features=81
expect boss < HOLDS ranges=[] tasks=[] more=0
w1 joins as worker in slot 0 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,8,0)
w1 > WAITING idle=1 room=1
turn
worker 0 exits "was killed by signal 11 (Segmentation fault)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,8,0),(nil,7,0)]
expect w1 is closed
expect worker 0 is spawned
w2 joins as worker in slot 1 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 attempt=1 body="f(1)"
expect w2 < SUBMIT return_address=(nil,7,0)
w2 > RESULT return_address=(nil,7,0) completed_by=w2 body="f1"
expect boss < RESULT return_address=(nil,7,0) body="f1"
boss is lost
next opens
next > HELLO role=boss cluster=c1 epoch=5 features=81
expect next < WELCOME role=manager
expect next < HOLDS tasks=[] ended=[(nil,8,0),(nil,7,0)] more=0
expect next < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect next < RETURN reason=2 addresses=[(nil,8,0)]
expect next < RESULT return_address=(nil,7,0) body="f1"
expect nothing
