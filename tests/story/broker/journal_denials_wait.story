# Where another broker may have the journal by now, only a record behind the question shows that it has not: so who is told that his task is not there waits for one. Else he would give up a task which the other one has.
broker journal=1 shared=1
the journal commits
a joins as client session=s1
the journal commits
a > REQUEST uuid=u1 corr=1
a > STATUS uuid=u1 corr=2
a > CANCEL uuid=u1 corr=3
expect nothing
the journal commits
expect a < ERROR code=UNKNOWN_TASK uuid=u1 corr=1 about=2
expect a < STATUS uuid=u1 corr=2 state=unknown
expect a < CANCEL uuid=u1 corr=3 state=unknown
# What is there is told at once.
a > SUBMIT uuid=u2 runtime=python body="f(2)"
a > STATUS uuid=u2 corr=4
expect a < STATUS uuid=u2 corr=4 state=queued
# Who has submitted it meanwhile hears that of his question, and not of the task.
a > REQUEST uuid=u3 corr=5
a > SUBMIT uuid=u3 runtime=python body="f(3)"
expect nothing
the journal commits
expect a < ERROR code=UNKNOWN_TASK uuid=u3 corr=5 about=1
# Nobody hears of it by a journal that is not written.
the journal is stuck "the database is away"
a > REQUEST uuid=u4 corr=6
expect nothing
a > CANCEL uuid=u4 corr=7
expect nothing
the journal goes on
the journal commits
expect a < ERROR code=UNKNOWN_TASK uuid=u4 corr=6
expect a < CANCEL uuid=u4 corr=7 state=unknown
