# A task that names a part that is not open is refused, and the link ends.
broker
a joins as client features=1
a > SHARE number=1
a > UNSHARE number=1
a > SUBMIT uuid=u1 shared=1
expect a < ERROR code=MALFORMED text~"the shared part 1"
expect a is closed
