# What is done and delivered no longer counts towards a session's bounds.
broker lines=1 max_tasks=1 max_session_bytes=3000
m1 joins as manager on line 0 workers=9
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="x"*2000
a > SUBMIT uuid=u2 body="f(2)"
expect a < ERROR code=BUSY uuid=u2
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
# the body of the first one is gone; now a result is kept
a > SUBMIT uuid=u3 body="x"*2000
expect m1 < SUBMIT return_address=(nil,M3,0)
m1 > RESULT return_address=(nil,M3,0) completed_by=m1 body="r"*2000
expect nothing
a > SUBMIT uuid=u4 body="x"*2000
expect a < ERROR code=BUSY uuid=u4
a > REQUEST uuid=u3
expect a < RESULT uuid=u3
a > SUBMIT uuid=u4 body="x"*2000
expect m1 < SUBMIT return_address=(nil,M4,0)
a > CANCEL uuid=u4
expect a < CANCEL uuid=u4 state=running
expect m1 < CANCEL
a > SUBMIT uuid=u5 body="x"*2000
expect m1 < SUBMIT
