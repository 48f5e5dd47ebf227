# An acknowledgement of what was never sent ends the link.
broker
a joins as client session=s1
a >> STATUS uuid=u1 seq=1 ack=99
expect a < ERROR code=MALFORMED
expect a is closed
