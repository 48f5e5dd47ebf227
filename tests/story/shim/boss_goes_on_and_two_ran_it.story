# A child that went up is given out by the boss's next process to the manager that it came from, while its result is still on its way from another one. Who comes first has its result go down: its parent gets one.
shim workers=3
hide STARTED WAITING
boss joins as boss lower=100 upper=200 cluster=c1 epoch=4 features=81
expect boss < HOLDS ranges=[] tasks=[] more=0
w1 joins as worker in slot 0 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect boss < SUBMIT return_address=(w1,1,1)
w2 joins as worker in slot 1 idle=1 room=1
w3 joins as worker in slot 2 idle=1 room=1
boss is lost
next opens
next > HELLO role=boss cluster=c1 epoch=5 features=81
expect next < WELCOME role=manager
expect next < HOLDS ranges=[(100,200)] tasks=[(nil,7,0)] more=0
expect next < SUBMIT return_address=(w1,1,0) body="g(0)"
expect next < SUBMIT return_address=(w1,1,1) body="g(1)"
next > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
next > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w3 < SUBMIT return_address=(w1,1,1)
# the other one is first
next > RESULT return_address=(w1,1,0) completed_by=300 body="g0"
expect w1 < RESULT return_address=(w1,1,0) completed_by=300 body="g0"
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="g0"
expect next < UPDATE addresses=[(w1,1,0)]
# this one is first
w3 > RESULT return_address=(w1,1,1) completed_by=w3 body="g1"
expect w1 < RESULT return_address=(w1,1,1) completed_by=w3 body="g1"
expect next < UPDATE addresses=[(w1,1,1)]
next > RESULT return_address=(w1,1,1) completed_by=300 body="g1"
expect nothing
