# A child that waits in the broker's queue when its parent cancels it is never sent.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m1 > CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
m1 > WAITING idle=1 room=1
expect nothing
