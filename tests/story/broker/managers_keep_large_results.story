# Of clients that do not read as fast as their results come managers keep these, too, for a second at a time, and only where nobody else has tasks.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1 window=1000
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)","f(3)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
after 200 ms
a is silent
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*300000
turn
show ACK
# what comes behind it in pieces waits for its acknowledgement
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="r"*300000
expect nothing
# not for somebody else's sake
b > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < ACK
after 100 ms
expect b < ACK
b > CANCEL uuid=u2 corr=1
expect b < CANCEL uuid=u2 state=queued
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="r"*300000
expect nothing
after 999 ms
expect nothing
after 1 ms
expect m1 < ACK
