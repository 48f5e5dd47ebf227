# A manager that is away while the broker is started anew is waited for, and keeps what it has. One that does not come is lost with it, and what descends from its workers.
broker journal=1 settle=1000 grace=5000
the journal commits
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS more=0
the journal commits
expect m1 < CONNECT ranges=[(0,2)]
m1 > STARTED total_workers=2 runtimes=[("python","1")]
m1 > WAITING idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
the journal commits
m2 joins as manager workers=1 idle=1 room=1 boot=b2
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
expect m2 < SUBMIT return_address=(nil,M2,0) body="f(2)"
the journal commits
the broker dies
a joins as client session=s1
after 1000 ms
m3 joins as manager workers=2 idle=2 room=2
after 3000 ms
expect nothing
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS ranges=[(0,2)] tasks=[(nil,M1,0)] roots=[(nil,M1,0)] more=0
m1 > RESULT return_address=(nil,M1,0) completed_by=0 body="1"
expect a < RESULT uuid=u1 body="1"
after 1000 ms
expect m3 < SUBMIT return_address=(nil,M2,0) body="f(2)" attempt=1
expect a < LOG text~"its manager did not come back"
the journal commits
expect m1 < EMPLOYEE_LOST ranges=[(2,32768)]
expect m3 < EMPLOYEE_LOST ranges=[(2,32768)]
# one that was given up begins anew
m2 opens
m2 > HELLO role=manager ids=1 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS ranges=[(2,3)] tasks=[(nil,M2,0)] roots=[(nil,M2,0)] more=0
expect m2 < ERROR code=REFUSED text~"given up"
expect m2 is closed
