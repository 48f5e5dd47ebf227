# A RETURN for a reason that there is not ends that manager; what it had is given out again.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > RETURN reason=7 addresses=[(nil,M1,0)]
expect m1 < ERROR code=MALFORMED text~"RETURN: reason"
expect m1 is closed
expect a < LOG uuid=u1
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
expect counts misbehaved=1 employees=1
