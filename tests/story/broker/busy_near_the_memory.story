# Near the bound on all that is kept, new work of the user who has most is refused BUSY, in all of his sessions; others get theirs in.
broker max_memory=100000 max_session_bytes=60000
a joins as client host=1
b joins as client host=1
c joins as client host=2
a > SUBMIT uuid=u1 body="x"*50000
b > SUBMIT uuid=u2 body="x"*20000
expect counts tasks=2
b > SUBMIT uuid=u3 body="x"*6000
expect b < ERROR code=BUSY uuid=u3 text~"limits/memory"
c > SUBMIT uuid=u4 body="x"*6000
expect counts tasks=3
a > SUBMIT uuid=u5 body="x"
expect a < ERROR code=BUSY uuid=u5 text~"limits/memory"
a > SUBMIT uuid=u6 body="x"*90000
expect a < ERROR code=TOO_LARGE uuid=u6 text~"limits/memory"
a > CANCEL uuid=u1
expect a < CANCEL
b > SUBMIT uuid=u3 body="x"*6000
expect counts tasks=3
