# A RETURN of a task that another manager has, or nobody, changes nothing and is counted.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > RETURN reason=1 addresses=[(nil,M1,0),(nil,999999,0)] text="gone"
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1
expect a < RESULT uuid=u1 body="1"
expect counts discarded=2 misbehaved=0
