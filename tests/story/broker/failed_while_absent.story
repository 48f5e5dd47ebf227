# An error that nobody waited for while its client was absent is there when it is asked for; it goes when it was acknowledged.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="nobody reads it"
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0)
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect counts discarded=1
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1
expect nothing
b > REQUEST uuid=u1 corr=3
expect b < ERROR code=TASK_FAILED text="no" uuid=u1 slot=0 corr=3
b > REQUEST uuid=u1 corr=4
expect b < ERROR code=UNKNOWN_TASK corr=4
expect counts kept=128
