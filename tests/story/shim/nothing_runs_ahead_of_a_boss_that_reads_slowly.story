# Results that come faster than the boss takes them: no more tasks are given out as soon as two windows' worth of them wait.
shim workers=2 prefetch=9
hide STARTED WAITING
boss joins as boss window=1000
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f(3)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,2,0)
boss is silent
boss >> ACK
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="r"*9000
expect boss < RESULT return_address=(nil,1,0)
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="r"*9000
w2 > WAITING idle=1 room=1
expect nothing
boss >> ACK
expect boss < RESULT return_address=(nil,2,0)
boss >> ACK
expect w2 < SUBMIT return_address=(nil,3,0)
