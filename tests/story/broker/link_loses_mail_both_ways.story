# Mail that was under way in either direction when the connection broke comes after the next handshake, in order and once.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is deaf
a is unheard
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > SUBMIT uuid=u2 flags=1 body="f(2)"
a > SUBMIT uuid=u3 flags=1 body="f(3)"
expect nothing
a is lost
a comes back
expect a < RESULT uuid=u1 body="1"
expect m1 < SUBMIT return_address=(nil,M2,0) body="f(2)"
expect m1 < SUBMIT return_address=(nil,M3,0) body="f(3)"
expect nothing
m1 is deaf
m1 is unheard
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
m1 > RESULT return_address=(nil,M3,0) completed_by=m1 body="3"
m1 > WAITING idle=3 room=3
a > SUBMIT uuid=u4 flags=1 body="f(4)"
expect nothing
m1 is lost
after 1000 ms
m1 comes back on line 0
expect a < RESULT uuid=u2 body="2"
expect a < RESULT uuid=u3 body="3"
expect m1 < SUBMIT body="f(4)"
expect nothing
