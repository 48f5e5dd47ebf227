# Untrue: nobody sends a result that is not there.
broker
a joins as client session=s1
a > STATUS uuid=u1
expect a < STATUS state=unknown
expect a < RESULT uuid=u1
