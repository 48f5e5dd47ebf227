# STATUS by an admin says how it is with the tasks of others.
broker lines=1
m1 joins as manager on line 0 name="node-a"
a joins as client session=s1 remote=1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT
b > STATUS uuid=u1 corr=1
expect b < STATUS corr=1 uuid=u1 state=running total=1 running=1 attempts=1 manager="node-a"
b > REQUEST uuid=u1 corr=2
expect b < ERROR code=NOT_OWNER corr=2 uuid=u1
