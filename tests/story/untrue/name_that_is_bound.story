# Untrue: a name stands for one value throughout.
broker
a joins as client session=s1
a > STATUS uuid=u1
a > STATUS uuid=u2
expect a < STATUS uuid=u1
expect a < STATUS uuid=u1
