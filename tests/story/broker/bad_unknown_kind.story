# A number that is no kind is named and refused, and the link ends.
broker
a joins as client session=s1
a > STATUS uuid=u1 kind=60
expect a < ERROR code=UNEXPECTED text~"kind 60"
expect a is closed
