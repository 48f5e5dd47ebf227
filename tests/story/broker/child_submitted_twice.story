# A child that is submitted twice runs once.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m1 < SUBMIT return_address=(m1,5,0)
expect nothing
