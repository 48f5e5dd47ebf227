# The result of a nested task goes down to the manager whose range has the parent's worker. (ServerBase.send_result_down)
broker lines=2
m1 joins as manager on line 0 workers=4
m2 joins as manager on line 1 workers=4 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=0
m2 > WAITING idle=4 room=4
m1 > SUBMIT return_address=(m1+3,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m1+3,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m2 > RESULT return_address=(m1+3,5,0) completed_by=m2+1 body="1"
expect m1 < RESULT return_address=(m1+3,5,0) completed_by=m2+1 uuid=nil body="1"
