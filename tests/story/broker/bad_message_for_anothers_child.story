# A manager sends messages only for the children of its own workers: one for another manager's child, or for a root, ends that manager, and reaches nobody.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > COMMUNICATE addresses=[(m2,1,0)] body="late, for a child that is done"
expect nothing
m2 > COMMUNICATE addresses=[(nil,M1,0)] body="forged"
expect m2 < ERROR code=MALFORMED text~"COMMUNICATE"
expect m2 is closed
expect counts misbehaved=1 tasks=1
