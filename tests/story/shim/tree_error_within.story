# An error of a task that a manager below had kept: it counts by the task of this shim's that it descends from, and goes on with the one of the boss's.
shim lines=2
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(0)"
expect m2 < SUBMIT return_address=(m1,1,0)
# m2 does not hold the root's task, only the child, and a grandchild that nobody else has seen
m2 > ERROR code=TASK_FAILED text="no" task=(m2,1,0) root=(nil,7,0) within=(nil,7,0)
expect nothing
m2 > ERROR code=TASK_FAILED text="a traceback" task=(m2,1,0) root=(nil,7,0) within=(m1,1,0)
expect boss < ERROR code=TASK_FAILED text="a traceback" task=(m2,1,0) root=(nil,7,0) within=(nil,7,0)
boss > CANCEL addresses=[(nil,7,0)] root=(nil,7,0)
expect m1 < CANCEL addresses=[(nil,7,0)]
expect m2 < CANCEL addresses=[(nil,7,0)]
expect counts tasks=0 discarded=1
