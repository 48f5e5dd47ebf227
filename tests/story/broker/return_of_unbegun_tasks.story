# A manager that gives back what nobody has begun (RETURN 0) costs no attempt, and the client hears nothing of it.
broker lines=2
m1 joins as manager on line 0 room=2
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m2 > WAITING idle=1 room=1
m1 > RETURN reason=0 addresses=[(nil,M2,0)]
m1 > WAITING idle=0 room=0
expect m2 < SUBMIT return_address=(nil,M2,0) attempt=0 body="f(2)"
a > STATUS uuid=u2
expect a < STATUS state=running attempts=1 manager~"m2"
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
a > REQUEST uuid=u2
expect m1 < CANCEL addresses=[(nil,M2,0)]
expect a < RESULT uuid=u2 body="2"
expect counts tasks=1 failed=0 discarded=0
