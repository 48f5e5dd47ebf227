# A boss's process had given out a child that it did not write down, and its result has come down: the next one is not told of it again, for nobody waits for it any more. The others of its batch are said again.
shim workers=1
hide STARTED WAITING
boss joins as boss lower=100 upper=200 cluster=c1 epoch=4 features=81
expect boss < HOLDS ranges=[] tasks=[] more=0
w1 joins as worker in slot 0 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > SUBMIT_BATCH return_address=(w1,2,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(2)","g(3)","g(4)"]
expect boss < SUBMIT return_address=(w1,2,0) body="g(2)"
expect boss < SUBMIT return_address=(w1,2,1) body="g(3)"
expect boss < SUBMIT return_address=(w1,2,2) body="g(4)"
boss > RESULT return_address=(w1,1,0) completed_by=300 body="g1"
expect w1 < RESULT return_address=(w1,1,0) body="g1"
boss > RESULT return_address=(w1,2,1) completed_by=300 body="g3"
expect w1 < RESULT return_address=(w1,2,1) body="g3"
boss is lost
next opens
next > HELLO role=boss cluster=c1 epoch=5 features=81
expect next < WELCOME role=manager
expect next < HOLDS ranges=[(100,200)] tasks=[(nil,7,0)] more=0
expect next < SUBMIT return_address=(w1,2,0) body="g(2)"
expect next < SUBMIT return_address=(w1,2,2) body="g(4)"
expect nothing
next > RESULT return_address=(w1,2,2) completed_by=300 body="g4"
expect w1 < RESULT return_address=(w1,2,2) body="g4"
