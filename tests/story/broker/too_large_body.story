# A body above max_body of the handshake is TOO_LARGE.
broker lines=1 max_body=1000
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="x"*1001
expect a < ERROR code=TOO_LARGE text~"1000 bytes (setting client-links/max-body)"
expect a is closed
