# A client that knew an earlier broker gets a new link: nothing of the old one goes on, and it must say again what is not finished.
broker
a opens
a > HELLO role=client session=s1 peer_boot=b1 received=17
expect a < WELCOME peer_boot=nil received=0 session=nil
a > STATUS uuid=u1
expect a < STATUS state=unknown
