# A connection on which nobody shakes hands is closed after a while.
broker
a opens
a sends text="GET / HTTP/1.1"
expect a < ERROR code=MALFORMED
after 60000 ms
expect a is closed
