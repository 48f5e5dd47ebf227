# Whoever is refused and says it again on the same connection is answered eight times, then there is silence.
broker
a opens
a > HELLO role=client session=s1 version=2
a > HELLO role=client session=s1 version=2
a > HELLO role=client session=s1 version=2
a > HELLO role=worker
a > HELLO role=worker
a > HELLO role=worker
a > HELLO role=worker
a > HELLO role=worker
a > HELLO role=worker
a > HELLO role=client session=s1 version=2
expect a < ERROR code=BAD_VERSION seq=0
expect a < ERROR code=BAD_VERSION seq=0
expect a < ERROR code=BAD_VERSION seq=0
expect a < ERROR code=REFUSED seq=0
expect a < ERROR code=REFUSED seq=0
expect a < ERROR code=REFUSED seq=0
expect a < ERROR code=REFUSED seq=0
expect a < ERROR code=REFUSED seq=0
expect nothing
after 10000 ms
expect a is closed
