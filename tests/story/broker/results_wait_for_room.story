# No more results are put on a client's link than its queue may hold: the others wait with their tasks, go on when there is room, and are not sent when they are cancelled meanwhile.
broker lines=1 client_queue=1000
m1 joins as manager on line 0 workers=4
a joins as client session=s1 window=500
a is silent
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
a > SUBMIT_BATCH uuid=u2 flags=1 bodies=["g(0)","g(1)"]
expect m1 < SUBMIT return_address=(nil,M2,0)
expect m1 < SUBMIT return_address=(nil,M2,1)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"*10000
expect a < RESULT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"*10000
turn
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"*10000
turn
m1 > RESULT return_address=(nil,M2,1) completed_by=m1 body="3"*10000
expect nothing
a >> ACK
expect a < RESULT return_address=(nil,M1,1)
a >> ACK
expect a < RESULT return_address=(nil,M2,0)
a > CANCEL uuid=u2
expect a < CANCEL uuid=u2 state=done
a >> ACK
expect nothing
expect counts kept=384
