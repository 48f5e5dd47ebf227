# Untrue: a STATUS has no such field.
broker
a joins as client session=s1
a > STATUS colour=1
