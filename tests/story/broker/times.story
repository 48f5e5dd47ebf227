# A client that asks for times hears with a result how long its task waited and was away, and what its worker says of it; STATUS says the same.
broker
a joins as client session=s1 features=128
a > SUBMIT uuid=u1 flags=17 body="f(1)"
expect nothing
after 400 ms
a > STATUS corr=1 uuid=u1
expect a < STATUS corr=1 state=queued timed=1 ran=0 waited=400000 held=0
m1 joins as manager workers=1 features=128
expect m1 < SUBMIT return_address=(nil,M1,0) flags=16 body="f(1)"
after 1500 ms
a > STATUS corr=2 uuid=u1
expect a < STATUS corr=2 state=running timed=1 ran=0 waited=400000 held=1500000
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 ran=1400001 cpu=70000 memory=9000000 body="1"
expect a < RESULT uuid=u1 ran=1400001 cpu=70000 memory=9000000 waited=400000 held=1500000 age=0 attempts=1 body="1"
after 3000 ms
a > STATUS corr=3 uuid=u1
expect a < STATUS corr=3 state=done timed=1 ran=1400001 cpu=70000 memory=9000000 waited=400000 held=1500000 age=3000000
