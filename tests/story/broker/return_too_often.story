# A task that may have killed its workers max_attempts times fails: its error says where and how each time. Its client's other tasks go on.
broker lines=2 max_attempts=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RETURN reason=2 addresses=[(nil,M1,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m2 > WAITING idle=2 room=2
expect a < LOG uuid=u1
expect m2 < SUBMIT return_address=(nil,M2,0) attempt=0
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
m2 > RETURN reason=2 addresses=[(nil,M1,0)] text="node2: worker w3.7 exited with status 1"
expect a < ERROR uuid=u1 slot=0 code=TOO_MANY_ATTEMPTS task=(nil,M1,0) text="the task was lost 2 times with what ran it, and is given up:\x0aattempt 1: node1: worker w0.1 was killed by signal 9 (Killed)\x0aattempt 2: node2: worker w3.7 exited with status 1"
expect m1 < CANCEL root=(nil,M1,0)
expect m2 < CANCEL root=(nil,M1,0)
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
a > REQUEST uuid=u2
expect a < RESULT uuid=u2 body="2"
expect counts tasks=0 failed=1
