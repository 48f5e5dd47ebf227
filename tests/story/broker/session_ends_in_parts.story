# A session that ends is gone for all at once, and what it has is cancelled a part at a time: others are heard meanwhile, nothing more of it is given out, and who has its tasks is told.
broker lines=1 work=16
m1 joins as manager on line 0 workers=1
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 bodies=["0","1","2","3","4","5","6","7"]
a > SUBMIT uuid=u2 body="8"
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0) body="0"
a > DISCONNECT corr=1 detach=0
expect a < DISCONNECT corr=1
expect a is closed
expect m1 < CANCEL root=(nil,M1,0)
expect counts clients=1 tasks=7
b > STATUS uuid=u1 corr=2
expect b < STATUS corr=2 state=unknown
m1 > WAITING idle=1 room=8
a2 joins as client session=s1
a2 > SUBMIT uuid=u1 body="again"
after 0 ms
expect m1 < SUBMIT return_address=(nil,M2,0) body="again"
m1 > RESULT return_address=(nil,M1,0) body="late"
expect counts clients=2 tasks=1 jobs=1 discarded=1
