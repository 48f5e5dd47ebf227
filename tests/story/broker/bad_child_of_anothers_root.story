# A child of a root of which its manager has never had any part is no child of that root: it is discarded, else it would stay when its manager is lost.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > SUBMIT return_address=(m2,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="child"
expect nothing
expect counts tasks=1 queued=0 discarded=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="child"
expect counts tasks=2 queued=1 discarded=1
