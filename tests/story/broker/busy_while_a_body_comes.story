# A body that comes in pieces counts as it comes; one that there is no room for is not kept, and its submit is refused BUSY when it is complete.
broker max_session_bytes=1000000
a joins as client session=s1
a > SUBMIT uuid=u1 body="x"*600000
expect counts tasks=1
a > SUBMIT uuid=u2 body="y"*600000
expect a < ERROR code=BUSY uuid=u2 text~"limits/session-bytes"
a > SHARE number=1 body="z"*600000
a > SUBMIT uuid=u3 shared=1 body="z"
expect a < ERROR code=BUSY uuid=u3 text~"shared part"
a > SUBMIT uuid=u4 body="y"*1600000
expect a < ERROR code=TOO_LARGE uuid=u4 text~"limits/session-bytes"
a > CANCEL uuid=u1
expect a < CANCEL
a > SUBMIT_BATCH uuid=u2 bodies=["y"*300000,"y"*300000]
expect counts tasks=2
