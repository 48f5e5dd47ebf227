# What descends from a dead worker's tasks is cancelled at the other workers, child and grandchild each by its own address, and what waits is dropped. Late mail of theirs is discarded.
shim workers=3 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
w3 joins as worker in slot 2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="child"
expect w2 < SUBMIT return_address=(w1,1,0)
w3 > WAITING idle=1 room=1
w2 > SUBMIT return_address=(w2,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0),(w1,1,0)] body="grandchild"
expect w3 < SUBMIT return_address=(w2,1,0)
w2 > SUBMIT return_address=(w2,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0),(w1,1,0)] body="waits"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="waits"
expect nothing
expect counts tasks=5 queued=2
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
expect w2 < CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect w3 < CANCEL addresses=[(w2,1,0)] root=(nil,7,0)
expect w1 is closed
expect counts tasks=0 queued=0
w2 > SUBMIT return_address=(w2,1,2) comp_task_id=7 breadcrumbs=[(nil,7,0),(w1,1,0)] body="late child"
w2 > ERROR code=TASK_FAILED text="late" task=(w1,1,0) root=(nil,7,0)
w3 > ERROR code=TASK_FAILED text="late" task=(w2,1,0) root=(nil,7,0) within=(nil,7,0)
w3 > RESULT return_address=(w2,1,0) completed_by=w3 body="late"
expect nothing
expect counts discarded=4 failed=0
