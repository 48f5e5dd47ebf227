# Untrue: something came.
broker
a joins as client session=s1
a > STATUS uuid=u1
expect nothing
