# A task that is released while its result is on its way is forgotten; its number is used for another one, whose result does not take its place.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a is deaf
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect counts jobs=1 kept=193
a > RELEASE slots=[(u1,nil)]
expect counts jobs=0 kept=0
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
a is lost
after 10000 ms
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1
expect nothing
a > REQUEST uuid=u2
expect a < RESULT uuid=u2 body="2"
