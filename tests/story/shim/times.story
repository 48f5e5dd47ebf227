# What a worker says of a task's times goes up with its result, and no more than that; the parent of a child does not get it.
shim workers=2
hide STARTED WAITING
boss joins as boss features=128
w1 joins as worker in slot 0 features=128
w2 joins as worker in slot 1 features=128
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 flags=16 body="f"
expect w1 < SUBMIT return_address=(nil,7,0) flags=16
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"
expect w2 < SUBMIT return_address=(w1,1,0) flags=0
w2 > RESULT return_address=(w1,1,0) completed_by=w2 ran=3 cpu=4 memory=5 body="2"
expect w1 < RESULT return_address=(w1,1,0) completed_by=w2 body="2"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 ran=3 cpu=4 memory=5 waited=6 held=7 age=8 attempts=9 manager=x body="1"
expect boss < RESULT return_address=(nil,7,0) completed_by=w1 ran=3 cpu=4 memory=5 body="1"
