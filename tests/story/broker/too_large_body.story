# A body above max_body of the handshake is an error of its task, and the link goes on; one far above it ends the link, and so does a shared part.
broker max_body=1000
a joins as client session=s1
a > SUBMIT uuid=u1 body="x"*1001
expect a < ERROR code=TOO_LARGE uuid=u1 slot=nil about=2 text~"1000 bytes (setting client-links/max-body)"
a > SUBMIT_BATCH uuid=u2 bodies=["y"*900,"y"*900]
expect a < ERROR code=TOO_LARGE uuid=u2 text~"a body of 1800 bytes"
a > SUBMIT uuid=u3 body="x"*1000
expect counts tasks=1
a > SHARE number=1 body="z"*1001
expect a < ERROR code=TOO_LARGE uuid=nil text~"SHARE: a body of 1001 bytes"
expect a is closed
b joins as client session=s2
b > SUBMIT uuid=u4 body="x"*5000
expect b < ERROR code=TOO_LARGE uuid=nil text~"a body of 5000 bytes"
expect b is closed
