# Untrue: the text does not have this part.
broker
a joins as client session=s1
a > REQUEST uuid=u1
expect a < ERROR text~"something else"
