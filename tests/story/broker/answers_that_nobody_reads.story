# A client that asks and asks, and reads no answer, is ended when too many wait: its session stays for its lease, and others go on.
broker lines=1 client_unread=600
m1 joins as manager on line 0
a joins as client session=s1 window=300
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is silent
a > STATUS uuid=u1 corr=1
a > STATUS uuid=u1 corr=2
a > STATUS uuid=u1 corr=3
a > STATUS uuid=u1 corr=4
a > STATUS uuid=u1 corr=5
a > STATUS uuid=u1 corr=6
a > STATUS uuid=u1 corr=7
a > STATUS uuid=u1 corr=8
expect a < STATUS corr=1
expect a < STATUS corr=2
expect nothing
after 1 ms
expect a < ERROR code=BUSY seq=0 text~"client-links/max-unread"
expect a is closed
expect counts clients=2 absent=1 tasks=1
b > STATUS uuid=u2 corr=1
expect b < STATUS corr=1
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1
a > REQUEST uuid=u1 slot=0
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
