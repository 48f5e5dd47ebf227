# Asking twice for a result that is not there yet brings it once.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > REQUEST uuid=u1 corr=1
a > REQUEST uuid=u1 corr=2
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
expect nothing
