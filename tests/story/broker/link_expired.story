# A client that comes back after its link expired begins a new one; its tasks are gone.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
after 11000 ms
expect m1 < CANCEL addresses=[(nil,M1,0)]
a comes back
a > STATUS uuid=u1
expect a < STATUS state=unknown
