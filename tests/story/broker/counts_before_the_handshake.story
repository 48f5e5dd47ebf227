# COUNTS with number 0 is answered before the handshake too, eight times on a connection: so one can ask whether the broker is well without being anybody to it.
broker lines=1
m1 joins as manager on line 0 workers=4
a opens
a >> COUNTS corr=1 seq=0
expect a < COUNTS corr=1 seq=0 counts=[(uptime,0),(clients,0),(absent,0),(submitted,0),(finished,0),(failed,0),(cancelled,0),(kept,0),(managers,1),(workers,4),(idle,4),(tasks,0),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime python",1)]
a >> COUNTS corr=2 seq=1
expect a < ERROR code=NO_HANDSHAKE
a >> COUNTS corr=3 seq=0
a >> COUNTS corr=4 seq=0
a >> COUNTS corr=5 seq=0
a >> COUNTS corr=6 seq=0
a >> COUNTS corr=7 seq=0
expect a < COUNTS corr=3
expect a < COUNTS corr=4
expect a < COUNTS corr=5
expect a < COUNTS corr=6
expect a < COUNTS corr=7
a >> COUNTS corr=8 seq=0
a >> COUNTS corr=9 seq=0
expect a < COUNTS corr=8
expect nothing
a > HELLO role=client session=s1
expect a < WELCOME
a > COUNTS corr=10
expect a < COUNTS corr=10
