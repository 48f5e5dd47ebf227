# COUNTS says how many tasks wait for each runtime, so that who starts workers knows which.
broker lines=1
a joins as client session=s1 remote=1
a > SUBMIT uuid=u1 runtime=bqskit body="f(1)"
a > SUBMIT uuid=u2 runtime=plain body="f(2)"
a > SUBMIT uuid=u3 runtime=plain body="f(3)"
a > COUNTS corr=7
expect a < COUNTS corr=7 counts=[(uptime,0),(clients,1),(absent,0),(submitted,3),(finished,0),(failed,0),(cancelled,0),(kept,0),(managers,0),(workers,0),(idle,0),(tasks,3),(queued,3),(memory,0),(discarded,0),(misbehaved,0),("queued bqskit",1),("queued plain",2)]
