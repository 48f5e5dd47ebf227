# A result above what the client accepts is an error of that task; the client stays.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1 max_body=1000
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*1001
expect a < ERROR code=TOO_LARGE uuid=u1 slot=0
a > STATUS uuid=u1
expect a < STATUS state=failed
