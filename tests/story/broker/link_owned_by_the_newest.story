# The newest handshake owns the link: the older connection is closed.
broker
a opens
a > HELLO role=client session=s1 link=l1 boot=b1
expect a < WELCOME boot=B1 peer_boot=nil
c opens
c > HELLO role=client session=s1 link=l1 boot=b1 peer_boot=B1
expect c < WELCOME peer_boot=b1
expect a is closed
c > STATUS uuid=u1
expect c < STATUS state=unknown
