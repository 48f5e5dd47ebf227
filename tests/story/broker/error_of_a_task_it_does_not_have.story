# An error counts only from the manager that has the task; any other one's is discarded.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > ERROR code=TASK_FAILED text="not mine" task=(nil,M1,0) root=(nil,M1,0)
m2 > RESULT return_address=(nil,M1,0) completed_by=m2 body="not mine"
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="1"
