# A worker that ends with several tasks of a client is one worker; one that a manager had kept all its tries for counts each of them.
broker lines=1 max_kills=2 max_attempts=3
hide LOG
m1 joins as manager on line 0 workers=2 room=4
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
a > SUBMIT uuid=u3 body="f(3)"
expect m1 < SUBMIT return_address=(nil,A1,0)
expect m1 < SUBMIT return_address=(nil,A2,0)
expect m1 < SUBMIT return_address=(nil,A3,0)
m1 > RETURN reason=2 addresses=[(nil,A1,0),(nil,A2,0),(nil,A3,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m1 > WAITING idle=2 room=4
expect m1 < SUBMIT return_address=(nil,A1,0) attempt=1
expect m1 < SUBMIT return_address=(nil,A2,0) attempt=1
expect m1 < SUBMIT return_address=(nil,A3,0) attempt=1
m1 > ERROR code=TOO_MANY_ATTEMPTS task=(m1,1,0) root=(nil,A1,0) within=(nil,A1,0) text="lost 3 times"
m1 > RETURN reason=0 addresses=[(nil,A2,0)]
m1 > WAITING idle=2 room=4
expect log "its tasks ended more than 2 workers in a minute"
expect a < ERROR code=TOO_MANY_ATTEMPTS uuid=u1
expect m1 < CANCEL addresses=[(nil,A1,0)]
expect nothing
