# Late mail of an orphan (child, result, error with and without `within`, message) is discarded and counted; the root runs on.
broker lines=3
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
m1 > DISCONNECT
expect m1 is closed
expect a < LOG uuid=u1
expect m2 < CANCEL addresses=[(m1,5,0)]
expect m2 < EMPLOYEE_LOST
expect m3 < EMPLOYEE_LOST
m3 > WAITING idle=2 room=2
expect m3 < SUBMIT return_address=(nil,M1,0) attempt=1
# sent before the CANCEL was read
m2 > SUBMIT return_address=(m2,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="late child"
m2 > COMMUNICATE addresses=[(m2,1,0)] body="late message"
m2 > ERROR code=TASK_FAILED text="late" task=(m2,9,0) root=(nil,M1,0) within=(m1,5,0)
m2 > ERROR code=TASK_FAILED text="late" task=(m1,5,0) root=(nil,M1,0)
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="late"
expect nothing
expect counts tasks=1 discarded=4 failed=0
m3 > RESULT return_address=(nil,M1,0) completed_by=m3 body="1"
a > REQUEST uuid=u1
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect m3 < CANCEL addresses=[(nil,M1,0)]
expect a < RESULT uuid=u1 body="1"
