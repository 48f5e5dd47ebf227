# UPDATE of a manager below passes up when the task was the boss's.
shim lines=1 prefetch=0
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 workers=2
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m1 > WAITING idle=0 room=0
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect boss < SUBMIT return_address=(m1,1,0)
m1 > WAITING idle=1 room=1
boss > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect m1 < SUBMIT return_address=(m1,1,0)
m1 > UPDATE addresses=[(m1,1,0)]
expect boss < UPDATE addresses=[(m1,1,0)]
