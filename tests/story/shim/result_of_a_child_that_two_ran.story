# A manager of managers goes on with its boss's next process, and a child that it was given comes home below it while its result is on its way from elsewhere. Below it there is no journal's boss to be seen: the parent gets one result all the same.
shim workers=3
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0 idle=1 room=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect boss < SUBMIT return_address=(w1,1,0)
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect boss < SUBMIT return_address=(w1,1,1)
w1 > SUBMIT return_address=(w1,1,2) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(2)"
expect boss < SUBMIT return_address=(w1,1,2)
w2 joins as worker in slot 1 idle=1 room=1
w3 joins as worker in slot 2 idle=1 room=1
boss > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
boss > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w3 < SUBMIT return_address=(w1,1,1)
# the other one is first
boss > RESULT return_address=(w1,1,0) completed_by=300 body="g0"
expect w1 < RESULT return_address=(w1,1,0) completed_by=300 body="g0"
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="g0"
expect boss < UPDATE addresses=[(w1,1,0)]
# this one is first
w3 > RESULT return_address=(w1,1,1) completed_by=w3 body="g1"
expect w1 < RESULT return_address=(w1,1,1) completed_by=w3 body="g1"
expect boss < UPDATE addresses=[(w1,1,1)]
boss > RESULT return_address=(w1,1,1) completed_by=300 body="g1"
expect nothing
# it has its result when it comes home
boss > RESULT return_address=(w1,1,2) completed_by=300 body="g2"
expect w1 < RESULT return_address=(w1,1,2) body="g2"
boss > SUBMIT return_address=(w1,1,2) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(2)"
expect boss < UPDATE addresses=[(w1,1,2)]
