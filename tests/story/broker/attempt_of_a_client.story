# How often a task was tried is the broker's to say: what a client writes there does not count.
broker lines=1 max_attempts=2
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 attempt=9 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) attempt=0
m1 > RETURN reason=2 text="it died" addresses=[(nil,M1,0)]
expect a < LOG uuid=u1 text~"it died"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M1,0) attempt=1
