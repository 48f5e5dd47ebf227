# A manager with room beyond its idle workers got a task that it said nothing of yet: the broker knows that it waits there, and
# recalls it when a worker elsewhere is idle.
broker lines=2
m1 joins as manager on line 0 workers=1 idle=0 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 joins as manager on line 1 idle=1 room=1
expect m1 < RECALL count=1
m1 > RETURN reason=0 addresses=[(nil,M1,0)]
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=0
expect nothing
