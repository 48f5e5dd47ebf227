# A session that has more than it may, most of it results that its client does not read, gets nothing given out until it reads; others do.
broker lines=1 max_session_bytes=30000
m1 joins as manager on line 0 workers=2
a joins as client session=s1 window=500
b joins as client session=s2
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)","f(3)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*20000
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="r"*20000
m1 > WAITING idle=2 room=2
expect nothing
b > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < SUBMIT return_address=(nil,M2,0)
b > STATUS uuid=u2
expect b < STATUS
# an admin sees why
b > STATUS uuid=u1
expect b < STATUS uuid=u1 why~"its client is to read first"
a >> ACK
expect a < RESULT return_address=(nil,M1,1)
a >> ACK
expect m1 < SUBMIT return_address=(nil,M1,2)
