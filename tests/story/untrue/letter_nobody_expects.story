# Untrue: the answer to the first line is left out.
broker
a joins as client session=s1
a > STATUS uuid=u1
turn
a > STATUS uuid=u2
expect a < STATUS uuid=u1
expect a < STATUS uuid=u2
