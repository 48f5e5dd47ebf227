# A manager can speak only of its own workers as lost; one that names others' is dropped, and they go on.
broker lines=2
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > EMPLOYEE_LOST ranges=[(m1+1,m2+1)]
expect m2 < ERROR code=MALFORMED text~"EMPLOYEE_LOST"
expect m2 is closed
m1 > RESULT return_address=(nil,M1,0) completed_by=m1+1 body="1"
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="1"
expect counts misbehaved=1 discarded=0
