# A session is taken over while the first client's window holds its results back: the second one gets all that the first has not acknowledged, and each of them once.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1 window=1000
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"*600
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"*600
turn
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="2"*600
expect nothing
a >> ACK
expect a < RESULT return_address=(nil,M1,1)
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1
expect b < RESULT return_address=(nil,M1,1) body="1"*600
expect b < RESULT return_address=(nil,M1,2) body="2"*600
expect a is closed
after 200 ms
expect counts kept=208
