# What was lost through no fault of its own may be lost oftener, up to max_losses.
broker lines=1 max_attempts=2 max_losses=3 redial=1000
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) attempt=0
m1 > DISCONNECT
expect m1 is closed
expect a < LOG uuid=u1
after 1000 ms
m2 joins as manager on line 0
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
m2 > DISCONNECT
expect m2 is closed
expect a < LOG uuid=u1
after 1000 ms
m3 joins as manager on line 0
expect m3 < SUBMIT return_address=(nil,M1,0) attempt=2
m3 > DISCONNECT
expect m3 is closed
expect a < ERROR uuid=u1 code=TOO_MANY_ATTEMPTS text~"attempt 3: manager m3 is gone"
expect counts tasks=0 failed=1 employees=0
