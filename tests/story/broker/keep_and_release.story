# A result with the flag KEEP (bit 1) stays after it was delivered: it can be asked for again, from another process too, until RELEASE names it.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=3 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="one"
expect a < RESULT uuid=u1 body="one"
after 200 ms
expect counts kept=195
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="one"
after 200 ms
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1
# it was acknowledged: nothing is sent by itself
expect nothing
b > REQUEST uuid=u1
expect b < RESULT uuid=u1 body="one"
b > RELEASE slots=[(u1,0)]
expect counts kept=0 jobs=0
b > REQUEST uuid=u1 corr=1
expect b < ERROR code=UNKNOWN_TASK corr=1
# the uuid is forgotten: it is a new task
b > SUBMIT uuid=u1 flags=1 body="g(1)"
expect m1 < SUBMIT body="g(1)"
