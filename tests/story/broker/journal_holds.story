# What runs when the broker dies goes on: its managers say to the next process what they have (HOLDS), and none of it is given out again. A result that had not been written down is said again. What nobody has is given out when all have spoken.
broker journal=1
the journal commits
hide STARTED
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME role=boss
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
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
m2 > WAITING idle=2 room=2
m1 > WAITING idle=0 room=0 receipt=2
m1 > SUBMIT return_address=(0,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(1)"
m1 > SUBMIT return_address=(0,1,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(2)"
expect m2 < SUBMIT return_address=(0,1,0)
expect m2 < SUBMIT return_address=(0,1,1)
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
the journal commits
m2 > RESULT return_address=(0,1,0) completed_by=2 body="g1"
expect m1 < RESULT return_address=(0,1,0) body="g1"
the broker dies
a joins as client session=s1
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS ranges=[(0,2)] tasks=[(nil,M1,0)] roots=[(nil,M1,0)] more=0
m1 > STARTED total_workers=2 runtimes=[("python","1")]
m1 > WAITING idle=1 room=1
expect nothing
m2 opens
m2 > HELLO role=manager ids=2 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS ranges=[(2,4)] tasks=[(0,1,1)] roots=[(nil,M1,0)] ended=[(0,1,0)] more=0
m2 > RESULT return_address=(0,1,0) completed_by=2 body="g1"
expect m1 < RESULT return_address=(0,1,0) body="g1"
after 1 ms
expect m1 < SUBMIT return_address=(nil,1001,0) body="f(2)" attempt=0
m2 > RESULT return_address=(0,1,1) completed_by=3 body="g2"
expect m1 < RESULT return_address=(0,1,1) body="g2"
m1 > RESULT return_address=(nil,M1,0) completed_by=0 body="1"
expect a < RESULT uuid=u1 body="1"
a > STATUS uuid=u1 corr=1
expect a < STATUS uuid=u1 state=done attempts=1
the journal commits
expect m2 < CANCEL addresses=[(nil,M1,0)]
# what descends from workers of others cannot come back
expect m1 < EMPLOYEE_LOST ranges=[(4,32768)]
expect m2 < EMPLOYEE_LOST ranges=[(4,32768)]
