# Who ends a part that there is not is told so, and the link ends.
broker
a joins as client features=1
a > UNSHARE number=1
expect a < ERROR code=MALFORMED text~"UNSHARE: there is no part"
expect a is closed
