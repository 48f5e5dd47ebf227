# Untrue: something comes after the last line.
broker
a joins as client session=s1
a > STATUS uuid=u1
