# A cancelled task is cancelled on the manager that has it, on no other, and nothing more of it reaches the client.
# (DetachedServer.handle_cancel_comp_task; there, every employee is told.)
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > CANCEL uuid=u1 corr=3
expect a < CANCEL corr=3 uuid=u1 state=running
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect nothing
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="late"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="late"
m1 > ERROR code=TASK_FAILED text="late" task=(nil,M1,0) root=(nil,M1,0)
expect nothing
a > CANCEL uuid=u1 corr=4
expect a < CANCEL corr=4 uuid=u1 state=cancelled
