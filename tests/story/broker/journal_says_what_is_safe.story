# With a journal a message is acknowledged when it is read, and safe when what came of it is on the disk. Work does not wait for that; the peer is told 100 ms after it, if no ACK goes anyway.
broker journal=1
the journal commits
a joins as client session=s1
the journal commits
show ACK
a > SUBMIT uuid=u1 runtime=python body="f(1)"
a > STATUS uuid=u1 corr=9
expect a < STATUS uuid=u1 state=queued
after 100 ms
expect nothing
after 1000 ms
the journal commits
after 100 ms
expect a < ACK ack=2 safe=2
# what needs no writing down is safe at once
a > COUNTS corr=1
expect a < COUNTS corr=1
after 100 ms
expect a < ACK ack=3 safe=3
after 1000 ms
