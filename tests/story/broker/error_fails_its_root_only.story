# An error of a task goes to its client with the root's uuid, cancels the rest of that root, and nothing else.
# (DetachedServer.handle_error; there, the siblings run on.)
broker lines=2
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m1,5,0)
m2 > ERROR code=TASK_FAILED text="Traceback: g" task=(m1,5,0) root=(nil,M1,0) body="exception"
expect a < ERROR code=TASK_FAILED text="Traceback: g" uuid=u1 slot=0 task=(m1,5,0) root=(nil,M1,0) body="exception"
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect nothing
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
a > REQUEST uuid=u2
expect a < RESULT uuid=u2 body="2"
a > REQUEST uuid=u1 corr=4
expect a < ERROR uuid=u1 corr=4
