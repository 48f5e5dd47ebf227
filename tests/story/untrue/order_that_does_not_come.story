# Untrue: the connection stays.
broker
a joins as client session=s1
a > STATUS uuid=u1
expect a < STATUS
expect a is closed
