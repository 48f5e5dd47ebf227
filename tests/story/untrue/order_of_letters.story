# Untrue: letters to one peer come in their order.
broker
a joins as client session=s1
a > STATUS uuid=u1
a > REQUEST uuid=u1
expect a < ERROR
expect a < STATUS
