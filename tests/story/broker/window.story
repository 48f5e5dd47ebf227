# No more is sent ahead of a peer's acknowledgements than the window that it gave; what must wait, waits in order.
broker lines=1
m1 joins as manager on line 0 workers=4
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
expect nothing
a >> ACK
expect a < RESULT return_address=(nil,M1,2)
