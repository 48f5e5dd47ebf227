# A peer that speaks another version of the protocol is told so, and its connection is closed.
broker lines=1
m1 joins as manager on line 0
b joins as client session=s2
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a opens
a > HELLO role=client session=s1 version=2
expect a < ERROR code=BAD_VERSION seq=0 text~"mailroomd speaks version 1"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT uuid=u2 body="2"
