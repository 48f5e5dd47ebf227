# A child's result above what its parent's manager accepts is an error of the root, which would wait for ever otherwise.
broker lines=2
m1 joins as manager on line 0 max_body=1000
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="r"*1001
expect a < ERROR code=TOO_LARGE uuid=u1 slot=0 task=(m1,5,0)
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
