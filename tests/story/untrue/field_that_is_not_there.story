# Untrue: a STATUS has no such field.
broker
a joins as client session=s1
a > STATUS uuid=u1
expect a < STATUS colour=1
