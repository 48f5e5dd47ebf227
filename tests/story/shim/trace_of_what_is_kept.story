# A boss that asks for it hears of the tasks that are kept for workers here: who ran them below whom, and what they took, as many as it wants; of the others how many there were.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss features=384
w1 joins as worker in slot 0 features=128
w2 joins as worker in slot 1 features=128
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 flags=16 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0) flags=16
# before it asks nobody measures them
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name="g" body="g(1)"
expect w2 < SUBMIT return_address=(w1,1,0) flags=0
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="2"
expect w1 < RESULT return_address=(w1,1,0) completed_by=w2 body="2"
expect nothing
boss > TRACE count=1
w1 > SUBMIT return_address=(w1,2,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name="g" body="g(2)"
expect nothing
after 300 ms
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(w1,2,0) flags=16
after 500 ms
w2 > RESULT return_address=(w1,2,0) completed_by=w2 ran=480000 cpu=90000 memory=8192 body="4"
expect w1 < RESULT return_address=(w1,2,0) completed_by=w2 body="4"
expect boss < TRACE count=0 task=(w1,2,0) parent=(nil,7,0) root=(nil,7,0) worker=w2 name="g" state=done depth=1 ran=480000 cpu=90000 memory=8192 waited=300000 held=500000 age=0 attempts=1
# so is one whose parent is on the same worker
w1 > SUBMIT return_address=(w1,4,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name="i" body="i(2)"
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT return_address=(w1,4,0) flags=16
w1 > UPDATE addresses=[(w1,4,0)] ran=8 cpu=7 memory=6
expect boss < TRACE count=0 task=(w1,4,0) worker=w1 name="i" state=done ran=8 cpu=7 memory=6
# one that fails is told of before its error is
w1 > SUBMIT return_address=(w1,3,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name="h" body="h(2)"
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(w1,3,0) flags=16
w2 > ERROR code=TASK_FAILED text="no" task=(w1,3,0) root=(nil,7,0) worker=w2 ran=5 cpu=4 memory=3
expect boss < TRACE count=0 task=(w1,3,0) worker=w2 name="h" state=failed ran=5 cpu=4 memory=3
expect boss < ERROR code=TASK_FAILED text="no" task=(w1,3,0) worker=w2 ran=5 cpu=4 memory=3
