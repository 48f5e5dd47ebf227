# What promises something waits for the journal: the answers to CANCEL, to DISCONNECT and to a SUBMIT that was seen before. Other answers do not.
broker journal=1
the journal commits
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
a > SUBMIT uuid=u1 runtime=python body="f(1)"
a > STATUS uuid=u1 corr=1
expect a < STATUS uuid=u1 corr=1 state=queued
expect nothing
the journal commits
expect a < STATUS uuid=u1 corr=nil state=queued
a > CANCEL uuid=u1 corr=2
expect nothing
the journal commits
expect a < CANCEL uuid=u1 corr=2 state=queued
a > SUBMIT uuid=u2 runtime=python body="f(2)"
a > DISCONNECT corr=3 detach=1
a > STATUS uuid=u2 corr=4
expect nothing
expect counts discarded=1
the journal commits
expect a < DISCONNECT corr=3
expect a is closed
a joins as client session=s1
a > STATUS uuid=u2 corr=5
expect a < STATUS uuid=u2 state=queued
a > DISCONNECT corr=6
expect nothing
the journal commits
expect a < DISCONNECT corr=6
expect a is closed
expect counts clients=0 tasks=0
