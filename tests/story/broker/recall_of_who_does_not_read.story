# What a manager has not begun of a session that does not read, and has more than it may, is recalled; it is given out again when its client reads.
broker lines=1 max_session_bytes=30000
m1 joins as manager on line 0 idle=1 room=5
a joins as client session=s1 window=500
b joins as client session=s2
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)","f(3)"]
b > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*20000
m1 > WAITING idle=0 room=0 queued=3
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="r"*20000
expect m1 < RECALL runtimes=[python]
# what it gives back of others goes out again, at once
m1 > RETURN reason=0 addresses=[(nil,M1,3),(nil,M2,0)]
m1 > WAITING idle=0 room=3 queued=1
expect m1 < SUBMIT return_address=(nil,M2,0) attempt=0
# once is enough
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="r"*20000
m1 > WAITING idle=1 room=5 queued=0
expect nothing
a >> ACK
expect a < RESULT return_address=(nil,M1,1)
a >> ACK
expect a < RESULT return_address=(nil,M1,2)
a >> ACK
expect m1 < SUBMIT return_address=(nil,M1,3) attempt=0
