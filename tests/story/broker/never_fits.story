# A map of more tasks than a client may have, and a body larger than all of its tasks may be, can never be taken: TOO_LARGE, not BUSY.
broker max_tasks=2 max_session_bytes=2000
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
expect a < ERROR code=TOO_LARGE uuid=u1 text~"limits/tasks"
a > SUBMIT uuid=u2 body="x"*2000
expect a < ERROR code=TOO_LARGE uuid=u2 text~"limits/session-bytes"
a > SUBMIT uuid=u3 body="x"*1500
expect nothing
expect counts tasks=1
