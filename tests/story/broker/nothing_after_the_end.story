# When the broker has said good-bye it does nothing more.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
interrupt
expect m1 < SHUTDOWN
expect a < DISCONNECT
expect exit 0
a > SUBMIT uuid=u1 body="f(1)"
a is lost
after 100000 ms
expect nothing
