# When all is done nothing is left in the shim's books.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0)
expect counts tasks=2
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="2"
expect w1 < RESULT return_address=(w1,1,0)
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0)
expect counts tasks=0 queued=0 discarded=0 misbehaved=0
