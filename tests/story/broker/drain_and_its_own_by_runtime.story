# A manager that drains names the runtimes that its room is not for: children of its tasks that need these wait, and others do not wait for them.
broker lines=1
m1 joins as manager on line 0 runtimes=plain,python
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=plain body="g(0)"
m1 > SUBMIT return_address=(m1,1,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(1)"
expect nothing
m1 > WAITING idle=0 room=0 own_room=2 full=[python]
expect m1 < SUBMIT return_address=(m1,1,0)
expect nothing
m1 > WAITING idle=0 room=0 own_room=1
expect m1 < SUBMIT return_address=(m1,1,1)
