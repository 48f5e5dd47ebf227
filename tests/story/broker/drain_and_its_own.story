# A manager that drains gets what descends from its own tasks, where nobody else takes it, and nothing else.
broker lines=2
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 body="other"
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(0)"
m1 > SUBMIT return_address=(m1,1,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m1 > SUBMIT return_address=(m1,1,2) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(2)"
expect nothing
# it drains, and has an idle worker
m1 > WAITING idle=0 room=0 own_room=1
expect m1 < SUBMIT return_address=(m1,1,2)
expect nothing
# what another manager takes it does not get
m2 joins as manager on line 1 idle=2 room=2
expect m2 < SUBMIT
expect m2 < SUBMIT
m1 > RESULT return_address=(m1,1,2) completed_by=m1 body="2"
expect m1 < RESULT return_address=(m1,1,2)
m1 > WAITING idle=0 room=0 own_room=1
expect m1 < SUBMIT
m1 > WAITING idle=0 room=0 own_room=5
expect nothing
# what comes later, too, and what comes back
m1 > SUBMIT return_address=(m1,1,3) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(3)"
expect m1 < SUBMIT return_address=(m1,1,3)
m2 is lost "cut"
