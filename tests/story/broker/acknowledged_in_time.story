# What came is acknowledged 100 ms later when nothing else goes the other way.
broker
a joins as client session=s1
show ACK
a > SUBMIT uuid=u1 body="f(1)"
expect nothing
after 99 ms
expect nothing
after 1 ms
expect a < ACK ack=1
