# A child that was not written down stays with who has it until the manager of its parent has said all again: it says STARTED behind that. Else it would be cancelled there, and who has seen that runs it no more when it is given out anew.
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
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
m2 > WAITING idle=2 room=2
m1 > WAITING idle=0 room=0 receipt=2
the journal commits
m1 > SUBMIT return_address=(0,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(1)"
m1 > SUBMIT return_address=(0,2,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(2)"
expect m2 < SUBMIT return_address=(0,1,0)
expect m2 < SUBMIT return_address=(0,2,0)
the broker dies
a joins as client session=s1
m2 opens
m2 > HELLO role=manager ids=2 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS ranges=[(2,4)] tasks=[(0,1,0),(0,2,0)] roots=[(nil,M1,0),(nil,M1,0)] more=0
m2 > STARTED total_workers=2 runtimes=[("python","1")]
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS ranges=[(0,2)] tasks=[(nil,M1,0)] roots=[(nil,M1,0)] more=0
hide EMPLOYEE_LOST
after 4000 ms
the journal commits
expect nothing
m1 > SUBMIT return_address=(0,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="g(1)"
m1 > STARTED total_workers=2 runtimes=[("python","1")]
m2 > RESULT return_address=(0,1,0) completed_by=2 body="g1"
expect m1 < RESULT return_address=(0,1,0) body="g1"
# the other one was not wanted any more
after 4000 ms
the journal commits
expect m2 < CANCEL addresses=[(0,2,0)] root=(nil,M1,0)
