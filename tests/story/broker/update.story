# UPDATE names a task that finished below without a result that passes here: the broker holds it as done with.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(0)"
expect m1 < SUBMIT return_address=(m1,5,0)
m1 > UPDATE addresses=[(m1,5,0)]
# so there is nobody left to whom this could go
m1 > COMMUNICATE addresses=[(m1,5,0)] body="hurry"
expect nothing
