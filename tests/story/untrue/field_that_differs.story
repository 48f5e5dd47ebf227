# Untrue: the state is another.
broker
a joins as client session=s1
a > STATUS uuid=u1
expect a < STATUS state=done
