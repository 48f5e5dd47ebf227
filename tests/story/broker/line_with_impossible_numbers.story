# A manager that says it has received what was never sent cannot go on: its link is over, and its tasks wait for another one.
broker lines=1 redial=1000
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT
m1 is lost
after 1000 ms
m1 opens on line 0
expect m1 < HELLO boot=B1
m1 >> WELCOME role=manager ids=1 peer_boot=B1 received=99
expect m1 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
