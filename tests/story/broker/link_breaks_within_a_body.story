# A connection breaks between the pieces of a large body: the pieces come again, and the body is whole.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > STATUS uuid=u9
expect a < STATUS
a is unheard
a > SUBMIT uuid=u1 flags=1 body="x"*600000
a is lost
a comes back
expect m1 < SUBMIT body="x"*600000
