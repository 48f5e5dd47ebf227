# A client on another host may not: it is told so, and nothing ends.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1 remote=1
a > SHUTDOWN text="enough"
expect a < ERROR code=REFUSED text~"SHUTDOWN"
expect nothing
a > STATUS uuid=u1
expect a < STATUS state=unknown
