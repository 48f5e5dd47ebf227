# A manager has part of a root that is queued here: it keeps that, for the root runs again, and is told of the root's end.
broker journal=1 settle=1000 grace=5000
the journal commits
hide STARTED
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS more=0
the journal commits
expect m1 < CONNECT ranges=[(0,2)]
m1 > STARTED total_workers=2 runtimes=[("python","1")]
m1 > WAITING idle=2 room=2
m2 opens
m2 > HELLO role=manager ids=2 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS more=0
the journal commits
expect m2 < CONNECT ranges=[(2,4)]
m2 > STARTED total_workers=2 runtimes=[("python","1")]
m3 joins as manager workers=1 boot=b3
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
the journal commits
the broker dies
a joins as client session=s1
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS ranges=[(0,2)] more=0
m1 > STARTED total_workers=2 runtimes=[("python","1")]
after 1000 ms
m2 opens
m2 > HELLO role=manager ids=2 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS ranges=[(2,4)] parts=[(nil,M1,0)] more=0
after 1000 ms
the journal commits
expect nothing
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)" attempt=0
after 2000 ms
the journal commits
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=0 body="1"
expect a < RESULT uuid=u1 body="1"
hide EMPLOYEE_LOST
the journal commits
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect m1 < CANCEL addresses=[(nil,M1,0)]
