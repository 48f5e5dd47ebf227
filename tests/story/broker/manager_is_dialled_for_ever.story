# A manager that is not there is dialled again and again, with growing pauses up to `redial`; tasks wait for it, and STATUS says so.
broker lines=1 redial=1000
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect line 0 is dialled
line 0 is refused "connection refused"
expect nothing
a > STATUS uuid=u1
expect a < STATUS state=queued why~"manager"
after 99 ms
expect nothing
after 2 ms
expect line 0 is dialled
line 0 is refused "connection refused"
after 200 ms
expect nothing
after 2 ms
expect line 0 is dialled
line 0 is refused "connection refused"
after 1000 ms
expect line 0 is dialled
line 0 is refused "connection refused"
after 1000 ms
expect line 0 is dialled
m1 joins as manager on line 0
expect m1 < SUBMIT body="f(1)"
