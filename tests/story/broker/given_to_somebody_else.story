# Who has given a task back has no more say in it: its result, its error, its second RETURN and its UPDATE are discarded.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > RETURN reason=0 addresses=[(nil,M1,0)]
expect m2 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="9"
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0)
m1 > ERROR code=TASK_FAILED text="no" task=(m1,7,0) root=(nil,M1,0) within=(nil,M1,0)
m1 > RETURN reason=2 addresses=[(nil,M1,0)] text="no"
expect nothing
expect counts discarded=4 failed=0
m2 > RESULT return_address=(nil,M1,0) completed_by=m2 body="1"
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect a < RESULT uuid=u1 body="1"
