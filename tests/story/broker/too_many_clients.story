# Above the bound on clients a handshake is BUSY, with a reason; those that are there stay.
broker max_clients=1
a joins as client session=s1
b opens
b > HELLO role=client session=s2
expect b < ERROR code=BUSY text~"limits/clients"
a > STATUS uuid=u1
expect a < STATUS state=unknown
