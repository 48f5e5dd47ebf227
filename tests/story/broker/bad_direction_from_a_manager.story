# A manager that sends what managers do not is dropped alone: its tasks wait for another one, others' go on.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m2 < SUBMIT return_address=(nil,M2,0)
m1 > REQUEST uuid=u2
expect m1 < ERROR code=UNEXPECTED text~"REQUEST"
expect m1 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
expect m2 < EMPLOYEE_LOST
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
expect b < RESULT uuid=u2 body="2"
