# A child of a root of which its manager has never had any part is no child of that root: it is discarded, else it would stay when its manager is lost.
shim workers=0 lines=2
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="f"
expect m1 < SUBMIT return_address=(nil,3,0)
m2 > SUBMIT return_address=(m2,5,0) comp_task_id=3 breadcrumbs=[(nil,3,0)] body="child"
expect nothing
expect counts tasks=1 queued=0 discarded=1
