# A child that a worker's task submitted went up, and the boss gave it to this shim again: its parent's messages go up, where they
# are kept for when it is given out again, and come down behind those that are under way.
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
w1 > COMMUNICATE addresses=[(w1,1,0)] body="1"
expect boss < SUBMIT return_address=(w1,1,0)
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="1"
w2 joins as worker in slot 1
boss > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
w1 > COMMUNICATE addresses=[(w1,1,0)] body="2"
expect w2 < SUBMIT return_address=(w1,1,0)
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="2"
boss > COMMUNICATE addresses=[(w1,1,0)] body="1"
boss > COMMUNICATE addresses=[(w1,1,0)] body="2"
expect w2 < COMMUNICATE addresses=[(w1,1,0)] body="1"
expect w2 < COMMUNICATE addresses=[(w1,1,0)] body="2"
# Of one message to several tasks each gets it once.
w2 > WAITING idle=1 room=1
w1 > SUBMIT return_address=(w1,2,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="h(0)"
expect w2 < SUBMIT return_address=(w1,2,0)
w1 > COMMUNICATE addresses=[(w1,1,0),(w1,2,0)] body="3"
expect w2 < COMMUNICATE addresses=[(w1,2,0)] body="3"
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="3"
expect nothing
