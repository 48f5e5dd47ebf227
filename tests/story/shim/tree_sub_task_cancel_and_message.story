# In a manager of managers, a parent's message and its cancel go to the manager below that has the child, and up for a child that was sent up.
shim lines=2 prefetch=0
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m2 > WAITING idle=1 room=1
m1 > WAITING idle=0 room=0
m1 > SUBMIT_BATCH return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect m2 < SUBMIT return_address=(m1,1,0)
expect boss < SUBMIT return_address=(m1,1,1)
m1 > COMMUNICATE addresses=[(m1,1,0),(m1,1,1)] body="hurry"
expect m2 < COMMUNICATE addresses=[(m1,1,0)] body="hurry"
expect boss < COMMUNICATE addresses=[(m1,1,1)] body="hurry"
m1 > CANCEL addresses=[(m1,1,0),(m1,1,1)] root=(nil,7,0)
expect m2 < CANCEL addresses=[(m1,1,0)] root=(nil,7,0)
expect boss < CANCEL addresses=[(m1,1,0),(m1,1,1)] root=(nil,7,0)
