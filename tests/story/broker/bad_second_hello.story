# A second HELLO on a connection that has shaken hands ends it; another client's work goes on.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a > HELLO role=client session=s1
expect a < ERROR code=UNEXPECTED text~"second handshake"
expect a is closed
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT uuid=u2
