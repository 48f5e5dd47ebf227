# A client's task goes to a manager that has an idle worker, and its result comes back when the client asks for it.
# (DetachedServer.handle_new_comp_task, handle_result, handle_request)
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python name="one" body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) comp_task_id=M1 breadcrumbs=[] uuid=nil runtime=python attempt=0 name="one" body="f(1)"
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect nothing
a > REQUEST uuid=u1 corr=7
expect a < RESULT return_address=(nil,M1,0) completed_by=m1 uuid=u1 body="1"
