# A message above what the manager of the child accepts is dropped, and the manager stays.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0 max_body=1000
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
m1 > COMMUNICATE addresses=[(m1,5,0)] body="r"*1001
expect nothing
