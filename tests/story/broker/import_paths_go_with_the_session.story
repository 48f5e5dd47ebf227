# A session's import paths go with it: who was sent them hears that it is over; and the next client begins with none.
broker lines=1
m1 joins as manager on line 0 workers=2 idle=2 room=2 features=16
a joins as client session=s1
a > CONNECT corr=1 paths=["/data/a"]
a > SUBMIT uuid=u1 body="f(1)"
expect a < READY corr=1
expect m1 < IMPORTPATH paths=["/data/a"] session=2
expect m1 < SUBMIT return_address=(nil,M1,0) session=2 body="f(1)"
a > DISCONNECT corr=2
expect a < DISCONNECT corr=2
expect a is closed
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m1 < IMPORTPATH paths=[] session=2
b joins as client session=s1
b > SUBMIT uuid=u1 body="f(2)"
expect m1 < SUBMIT session=3 body="f(2)"
