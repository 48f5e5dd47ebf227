# Near the bound on all that is kept, who has most loses its link for fewer answers that it leaves unread; its session stays, and others go on.
broker max_memory=100000 client_unread=64000
a joins as client session=s1 window=300 host=1
b joins as client session=s2 host=2
a > SUBMIT uuid=u1 body="x"*60000
a is silent
a > STATUS uuid=u1 corr=1
a > STATUS uuid=u1 corr=2
a > STATUS uuid=u1 corr=3
a > STATUS uuid=u1 corr=4
a > STATUS uuid=u1 corr=5
a > STATUS uuid=u1 corr=6
a > STATUS uuid=u1 corr=7
a > STATUS uuid=u1 corr=8
a > STATUS uuid=u1 corr=9
a > STATUS uuid=u1 corr=10
a > STATUS uuid=u1 corr=11
a > STATUS uuid=u1 corr=12
a > STATUS uuid=u1 corr=13
a > STATUS uuid=u1 corr=14
a > STATUS uuid=u1 corr=15
a > STATUS uuid=u1 corr=16
a > STATUS uuid=u1 corr=17
a > STATUS uuid=u1 corr=18
expect a < STATUS corr=1
expect a < STATUS corr=2
after 1000 ms
expect nothing
b > SUBMIT uuid=u2 body="x"*15000
a > STATUS uuid=u1 corr=19
expect a < STATUS corr=3
expect a < STATUS corr=4
after 1 ms
expect a < ERROR code=BUSY seq=0 text~"limits/memory"
expect a is closed
expect counts clients=2 absent=1 tasks=2
