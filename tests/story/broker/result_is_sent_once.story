# A result is sent once. A second REQUEST is told so, and the uuid is still known.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
after 200 ms
expect nothing
a > REQUEST uuid=u1 corr=8
expect a < ERROR code=UNKNOWN_TASK corr=8 uuid=u1
a > SUBMIT uuid=u1 body="f(1)"
expect a < STATUS corr=nil uuid=u1 state=done
expect nothing
