# A SUBMIT with a uuid that was used is not executed again; the task's state is the answer.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u1 body="f(1)"
expect a < STATUS corr=nil uuid=u1 state=running total=1
expect nothing
