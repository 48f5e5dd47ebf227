# Of a map that is being taken an admin sees all tasks, those that are to come as queued; and when he cancels it, those that come are cancelled too.
broker lines=1 work=32
admin joins as client session=s2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
admin > STATUS uuid=u1 corr=1
admin > CANCEL uuid=u1 corr=2
expect admin < STATUS corr=1 total=3 queued=3 running=0
after 0 ms
expect admin < CANCEL corr=2 uuid=u1 state=queued
expect a < ERROR code=CANCELLED uuid=u1 slot=0 text~"by the admin admin"
expect among a < ERROR code=CANCELLED uuid=u1 slot=1
expect among a < ERROR code=CANCELLED uuid=u1 slot=2
expect counts tasks=0 cancelled=3
