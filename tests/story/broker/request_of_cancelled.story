# The result of a task that was cancelled is asked for: the answer says that it was.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > CANCEL uuid=u1
expect a < CANCEL state=running
expect m1 < CANCEL
a > REQUEST uuid=u1 corr=5
expect a < ERROR code=CANCELLED corr=5 uuid=u1
