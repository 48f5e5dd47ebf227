# No frame at all, or more than two, is MALFORMED; the link ends, another client's work goes on.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
b joins as client session=s2
c joins as client session=s3
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a >> SUBMIT uuid=u1 frames=3 body="f(1)"
expect a < ERROR code=MALFORMED text~"frame"
expect a is closed
c sends frames=0
expect c < ERROR code=MALFORMED text~"frame"
expect c is closed
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT uuid=u2 body="2"
