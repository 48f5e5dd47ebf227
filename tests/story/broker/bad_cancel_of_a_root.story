# Only its client cancels a root: a manager that tries is dropped.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > CANCEL addresses=[(nil,M1,0)] root=(nil,M1,0)
expect m1 < ERROR code=MALFORMED text~"CANCEL"
expect m1 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
expect m2 < EMPLOYEE_LOST
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
