# Results that come faster than their client takes them hold its tasks back, as soon as two windows' worth of them wait; others' go on.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1 window=1000
b joins as client session=s2
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)","f(3)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*9000
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="r"*9000
m1 > WAITING idle=2 room=2
expect nothing
b > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < SUBMIT return_address=(nil,M2,0)
b > STATUS uuid=u1
expect b < STATUS uuid=u1 why~"its client is to read first"
# it reads
a >> ACK
expect a < RESULT return_address=(nil,M1,1)
a >> ACK
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M1,3)
a > SUBMIT uuid=u3 flags=1 body="h"
# of who is away nothing is held back: its results stay
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="r"*9000
m1 > RESULT return_address=(nil,M1,3) completed_by=m1 body="r"*9000
expect a < RESULT return_address=(nil,M1,2)
m1 > WAITING idle=2 room=2
expect nothing
a is lost
after 1000 ms
expect m1 < SUBMIT return_address=(nil,M3,0)
