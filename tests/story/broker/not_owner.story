# Only the session that submitted a task may ask for it or cancel it.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2 remote=1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > STATUS uuid=u1 corr=1
b > REQUEST uuid=u1 corr=2
b > CANCEL uuid=u1 corr=3
expect b < ERROR code=NOT_OWNER corr=1 uuid=u1
expect b < ERROR code=NOT_OWNER corr=2 uuid=u1
expect b < ERROR code=NOT_OWNER corr=3 uuid=u1
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="1"
