# Two managers have the same task when the broker is started anew: that one had given it back, and the other had got it, was not written down. Both go on; the first to end it ends it, for who has seen a root end runs nothing of it any more.
broker journal=1
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
a > SUBMIT uuid=u2 flags=1 runtime=python body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0) body="f(2)"
m1 > SUBMIT return_address=(0,1,0) comp_task_id=M2 breadcrumbs=[(nil,M2,0)] runtime=python body="g(1)"
the journal commits
the broker dies
a joins as client session=s1
m1 opens
m1 > HELLO role=manager ids=2 boot=b1 features=560
expect m1 < WELCOME
m1 > HOLDS ranges=[(0,2)] tasks=[(nil,M1,0),(nil,M2,0),(0,1,0)] roots=[(nil,M1,0),(nil,M2,0),(nil,M2,0)] more=0
m2 opens
m2 > HELLO role=manager ids=2 boot=b2 features=560
expect m2 < WELCOME
m2 > HOLDS ranges=[(2,4)] tasks=[(nil,M1,0),(0,1,0)] roots=[(nil,M1,0),(nil,M2,0)] more=0
m2 > RESULT return_address=(nil,M1,0) completed_by=2 body="1"
expect a < RESULT uuid=u1 body="1"
m1 > RESULT return_address=(nil,M1,0) completed_by=0 body="1"
m2 > RESULT return_address=(0,1,0) completed_by=2 body="g1"
expect m1 < RESULT return_address=(0,1,0) body="g1"
m1 > RESULT return_address=(nil,M2,0) completed_by=0 body="2"
expect a < RESULT uuid=u2 body="2"
hide EMPLOYEE_LOST
the journal commits
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m1 < CANCEL addresses=[(0,1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M2,0)]
expect m1 < CANCEL addresses=[(nil,M2,0)]
