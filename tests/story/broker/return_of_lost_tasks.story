# What a manager lost with a worker (RETURN 1 and 2) is given out again under the same address, one attempt later; its client's log says how it was lost. The one that may be to blame comes last.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 name=first body="f(1)"
a > SUBMIT uuid=u2 name=second body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > RETURN reason=2 addresses=[(nil,M1,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m1 > RETURN reason=1 addresses=[(nil,M2,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m1 > WAITING idle=2 room=2
expect a < LOG uuid=u1 task=(nil,M1,0) level=30 logger=mailroom text="first is given out again, for it was lost: node1: worker w0.1 was killed by signal 9 (Killed)"
expect a < LOG uuid=u2 text~"second is given out again"
expect m1 < SUBMIT return_address=(nil,M2,0) attempt=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0) attempt=1 body="f(1)"
expect nothing
