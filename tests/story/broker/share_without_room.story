# A part counts to its session's bytes while it is open or a task begins with it; where there is no room, its tasks are refused, and taken when both come again later.
broker lines=1 max_session_bytes=1000
a joins as client features=1
a > SHARE number=1 body="0123456789"
a > SHARE number=2 body="0123456789"
a > SHARE number=3 body="x"*500
a > SUBMIT uuid=u1 shared=3 body="x"
expect a < ERROR code=BUSY uuid=u1 text~"shared part"
a > UNSHARE number=1
a > UNSHARE number=3
a > SHARE number=4 body="0123456789"
a > SUBMIT uuid=u1 shared=4 body="x"
a > UNSHARE number=4
a > UNSHARE number=2
expect counts kept=667 tasks=1
a > CANCEL uuid=u1
expect a < CANCEL
expect counts kept=128 tasks=0
