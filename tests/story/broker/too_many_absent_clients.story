# Sessions of absent clients count as clients; who is refused for that is told. Who comes back to one of them is no new one.
broker max_clients=1 lease=10000
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
b opens
b > HELLO role=client session=s2
expect b < ERROR code=BUSY text~"1 are absent"
c opens
c > HELLO role=client session=s1
expect c < WELCOME session=s1
c > DISCONNECT detach=1
expect c < DISCONNECT
expect c is closed
after 10000 ms
expect b is closed
b opens
b > HELLO role=client session=s2
expect b < WELCOME session=nil
