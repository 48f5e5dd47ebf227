# Above the bound on a session's tasks a SUBMIT is refused BUSY; other sessions are not touched.
broker lines=1 max_tasks=2
m1 joins as manager on line 0 workers=2 idle=0 room=0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
a > SUBMIT uuid=u2 body="f(2)"
expect a < ERROR code=BUSY uuid=u2 text~"2 (setting limits/tasks)"
b > SUBMIT uuid=u3 body="g(0)"
expect nothing
a > STATUS uuid=u2
expect a < STATUS uuid=u2 state=unknown
