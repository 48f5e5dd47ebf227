# A client that says DISCONNECT, loses its connection and comes back with a new link before that was written down has its session: the answer that was held was the old link's.
broker journal=1
the journal commits
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
the journal commits
a > SUBMIT uuid=u2 runtime=python body="f(2)"
a > DISCONNECT corr=1 detach=1
expect nothing
a is lost "reset"
a joins as client session=s1
the journal commits
expect nothing
a > STATUS uuid=u1 corr=2
expect a < STATUS uuid=u1 state=queued
# the same of any other answer
a > CANCEL uuid=u1 corr=3
a is lost "reset"
a joins as client session=s1
a > CANCEL uuid=u1 corr=4
the journal commits
expect a < CANCEL uuid=u1 corr=4 state=cancelled
expect nothing
