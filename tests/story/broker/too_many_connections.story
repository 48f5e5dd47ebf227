# Above the bound on connections a new one is closed; those that are there are served.
broker max_connections=2
a joins as client session=s1
b joins as client session=s2
c opens
c > HELLO role=client session=s3
expect c < ERROR code=BUSY seq=0 text~"limits/connections"
expect c is closed
a > STATUS uuid=u1
expect a < STATUS state=unknown
