# A boss with a journal that is there again as another process finds what runs here: the workers go on, and what it may not have written down is said again. A child's result that comes twice goes down once.
shim workers=1
hide STARTED WAITING
boss joins as boss lower=100 upper=200 cluster=c1 epoch=4 features=81
expect boss < HOLDS ranges=[] tasks=[] more=0
w1 joins as worker in slot 0 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > WAITING idle=1 room=1 receipt=2
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="h(1)"
expect w1 < SUBMIT return_address=(nil,8,0)
w1 > RESULT return_address=(nil,8,0) completed_by=w1 body="h1"
expect boss < RESULT return_address=(nil,8,0)
boss is lost
next opens
next > HELLO role=boss cluster=c1 epoch=5 features=81
expect next < WELCOME role=manager
expect next < HOLDS ranges=[(100,200)] tasks=[(nil,7,0)] roots=[(nil,7,0)] ended=[(nil,8,0)] more=0
expect next < SUBMIT return_address=(w1,1,0) body="g(1)"
expect next < RESULT return_address=(nil,8,0) body="h1"
next > RESULT return_address=(w1,1,0) completed_by=300 body="g1"
expect w1 < RESULT return_address=(w1,1,0) body="g1"
next > RESULT return_address=(w1,1,0) completed_by=300 body="g1"
expect nothing
# as a child that has its result, and comes back
next > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect next < UPDATE addresses=[(w1,1,0)]
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="f1"
expect next < RESULT return_address=(nil,7,0) body="f1"
