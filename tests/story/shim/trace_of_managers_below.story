# A manager of managers shares out what its boss wants to hear of, passes on what they tell, and tells itself of results that go from one to the other.
shim lines=2
hide STARTED WAITING
show TRACE
boss joins as boss features=384
m1 joins as manager on line 0 features=384
m2 joins as manager on line 1 features=384 idle=0 room=0
boss > TRACE count=10
expect m1 < TRACE count=5
expect m2 < TRACE count=5
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 flags=16 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m1 > TRACE count=3 task=(m1,9,0) parent=(nil,7,0) root=(nil,7,0) worker=m1 name="h" state=done depth=1 ran=7 cpu=6 memory=5 waited=4 held=8 age=2 attempts=1
expect boss < TRACE count=3 task=(m1,9,0) parent=(nil,7,0) worker=m1 name="h" state=done depth=1 ran=7 cpu=6 memory=5 waited=4 held=8 age=2 attempts=1
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] name="g" body="g(0)"
expect m2 < SUBMIT return_address=(m1,1,0) flags=16
m2 > RESULT return_address=(m1,1,0) completed_by=m2 ran=5 cpu=4 memory=3 body="1"
expect m1 < RESULT return_address=(m1,1,0) body="1"
expect boss < TRACE count=0 task=(m1,1,0) worker=m2 name="g" ran=5 cpu=4 memory=3
