# A result that was sent counts towards its session's bytes until it is acknowledged; at the bound submits are refused, and results stay, also while the client is absent.
broker lines=1 max_session_bytes=15000 client_expiry=10000
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
a is deaf
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*10000
turn
a > SUBMIT uuid=u2 body="x"*10000
expect nothing
expect counts tasks=1 kept=10596
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="q"*10000
a is lost
after 10000 ms
expect counts kept=20320 absent=1
a opens
a > HELLO role=client session=s1 window=1000
expect a < WELCOME session=s1
a is silent
expect a < RESULT return_address=(nil,M1,0) body="r"*10000
a > SUBMIT uuid=u2 body="x"*10000
expect a < RESULT return_address=(nil,M1,1) body="q"*10000
a >> ACK
expect a < ERROR code=BUSY uuid=u2
a > SUBMIT uuid=u3 body="x"*10000
expect m1 < SUBMIT body="x"*10000
expect counts kept=10656
