# A task with ancestors, and a CANCEL that names nothing, are MALFORMED from a client.
broker
a joins as client session=s1
a > SUBMIT uuid=u1 breadcrumbs=[(nil,7,0)] body="f"
expect a < ERROR code=MALFORMED text~"breadcrumbs"
expect a is closed
b joins as client session=s2
b > CANCEL uuid=nil
expect b < ERROR code=MALFORMED text~"CANCEL"
expect b is closed
