# A client whose tasks end more workers in a minute than it may gets them given out at that rate; the others get theirs as ever.
broker lines=1 max_kills=2 max_attempts=3
m1 joins as manager on line 0 workers=2
a joins as client session=s1
b joins as client session=s2
hide LOG
a > SUBMIT uuid=u1 name=first body="f(1)"
a > SUBMIT uuid=u2 name=second body="f(2)"
expect m1 < SUBMIT return_address=(nil,A1,0) body="f(1)"
expect m1 < SUBMIT return_address=(nil,A2,0) body="f(2)"
m1 > RETURN reason=2 addresses=[(nil,A1,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m1 > RETURN reason=2 addresses=[(nil,A2,0)] text="node1: worker w1.1 was killed by signal 9 (Killed)"
m1 > WAITING idle=2 room=2
expect m1 < SUBMIT return_address=(nil,A1,0) attempt=1
expect m1 < SUBMIT return_address=(nil,A2,0) attempt=1
# what was lost, but is not to blame, costs nothing
m1 > RETURN reason=1 addresses=[(nil,A2,0)] text="node1: worker w1.2 was killed by signal 9 (Killed)"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,A2,0) attempt=2
# the third
m1 > RETURN reason=2 addresses=[(nil,A1,0)] text="node1: worker w0.2 was killed by signal 9 (Killed)"
m1 > WAITING idle=1 room=1
expect log "client a: its tasks ended more than 2 workers in a minute (setting limits/kills): they are given out at that rate"
expect nothing
a > STATUS uuid=u1 corr=1
expect a < STATUS uuid=u1 corr=1 queued=1 why~"this client's tasks have ended more than 2 workers in a minute"
b > SUBMIT uuid=u3 body="g(1)"
expect m1 < SUBMIT return_address=(nil,B1,0) body="g(1)"
m1 > RESULT return_address=(nil,B1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
after 29000 ms
expect nothing
after 1000 ms
expect m1 < SUBMIT return_address=(nil,A1,0) attempt=2
a > SUBMIT uuid=u4 body="f(4)"
m1 > RESULT return_address=(nil,A1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect nothing
# by then it has been good for long enough
after 30000 ms
expect m1 < SUBMIT return_address=(nil,A4,0) body="f(4)"
