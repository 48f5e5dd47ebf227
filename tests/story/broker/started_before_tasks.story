# A manager that has not said STARTED gets no task.
broker lines=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
m1 opens on line 0
expect m1 < HELLO role=boss peer_boot=nil received=0
m1 > WELCOME role=manager ids=2
expect m1 < CONNECT ranges=[(L1,L2)]
expect nothing
m1 > STARTED total_workers=2 runtimes=[("python","3.11")]
m1 > WAITING idle=2 room=2
expect m1 < SUBMIT body="f(1)"
