# A session without a token ends with its link, however that ends: nobody could come back for it.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0 workers=2
a joins as client
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > DISCONNECT corr=9 detach=1
expect a < DISCONNECT corr=9
expect a is closed
expect m1 < CANCEL addresses=[(nil,M1,0)]
b joins as client
b > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
b is lost
after 10000 ms
expect m1 < CANCEL addresses=[(nil,M2,0)]
expect counts clients=0
