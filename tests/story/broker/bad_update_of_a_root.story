# A root ends with a RESULT: a manager that says UPDATE of one is dropped.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > UPDATE addresses=[(nil,M1,0)]
expect m1 < ERROR code=MALFORMED text~"UPDATE"
expect m1 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
