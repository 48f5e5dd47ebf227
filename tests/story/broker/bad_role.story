# A worker has no business with the broker: its handshake is refused.
broker
a opens
a > HELLO role=worker
expect a < ERROR code=REFUSED seq=0
