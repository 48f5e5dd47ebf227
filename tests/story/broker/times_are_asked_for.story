# Who does not ask for times has his tasks' workers measure nothing, and what they say all the same is not kept.
broker lines=1
m1 joins as manager on line 0 workers=2 features=128
a joins as client session=s1 features=128
b joins as client session=s2
a > SUBMIT uuid=u1 flags=1 body="f"
b > SUBMIT uuid=u2 flags=17 body="g"
expect m1 < SUBMIT return_address=(nil,M1,0) flags=0 body="f"
expect m1 < SUBMIT return_address=(nil,M2,0) flags=16 body="g"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 ran=5 cpu=6 memory=7 body="1"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 ran=5 cpu=6 memory=7 body="2"
expect a < RESULT uuid=u1 body="1"
expect b < RESULT uuid=u2 body="2"
a > STATUS corr=1 uuid=u1
expect a < STATUS corr=1 state=done why=nil
