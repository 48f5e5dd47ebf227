# A client's return addresses are [nil, 0, slot], with the slots of a map in order from 0: others are MALFORMED, and not taken for what they should have been.
broker
a joins as client session=s1
a > SUBMIT uuid=u1 return_address=(nil,0,1) body="f(1)"
expect a < ERROR code=MALFORMED text~"with the slots 0, 1, ... in order"
expect a is closed
b joins as client session=s2
b > SUBMIT_BATCH uuid=u2 return_address=(nil,0,1) bodies=["f(1)","f(2)"]
expect b < ERROR code=MALFORMED text~"with the slots 0, 1, ... in order"
expect b is closed
c joins as client session=s3
c > SUBMIT uuid=u3 return_address=(nil,7,0) body="f(1)"
expect c < ERROR code=MALFORMED
expect c is closed
d joins as client session=s4
d > SUBMIT uuid=u4 return_address=(1,0,0) body="f(1)"
expect d < ERROR code=MALFORMED
expect d is closed
expect counts tasks=0 misbehaved=4
