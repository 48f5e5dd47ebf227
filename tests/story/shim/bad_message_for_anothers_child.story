# A worker sends messages only for its own children: one for another worker's child, or for a task of the boss's, ends that worker, and reaches nobody.
shim workers=3
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
w3 joins as worker in slot 2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w3 > COMMUNICATE addresses=[(w1,1,0)] body="forged"
expect w3 < ERROR code=MALFORMED text~"COMMUNICATE"
expect worker 2 is killed
expect w3 is closed
expect boss < EMPLOYEE_LOST ranges=[(w3,endw3)]
w2 > COMMUNICATE addresses=[(nil,7,0)] body="forged"
expect w2 < ERROR code=MALFORMED text~"COMMUNICATE"
expect worker 1 is killed
expect w2 is closed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
w1 > COMMUNICATE addresses=[(w1,1,0)] body="its own"
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="its own"
expect counts misbehaved=2
