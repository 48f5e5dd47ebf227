# Cancelling what is done or was never there is answered, and harms nothing.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > CANCEL uuid=u1 corr=1
a > CANCEL uuid=u2 corr=2
expect a < CANCEL corr=1 uuid=u1 state=done
expect a < CANCEL corr=2 uuid=u2 state=unknown
