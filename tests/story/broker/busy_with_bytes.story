# Above the bound on a session's bytes a SUBMIT is refused BUSY; finished results stay.
broker lines=1 max_session_bytes=3000
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*2000
a > SUBMIT uuid=u2 body="x"*2000
expect a < ERROR code=BUSY uuid=u2
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="r"*2000
