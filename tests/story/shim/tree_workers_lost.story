# EMPLOYEE_LOST goes through the tree: from a manager below to the boss and to the other managers, from the boss to all of them. Orphans on the way are cancelled.
shim lines=2
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m2 > WAITING idle=2 room=2
m1 > WAITING idle=0 room=0
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m1,1,0)
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect m2 < CANCEL addresses=[(m1,1,0)] root=(nil,7,0)
expect m2 < EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect boss < EMPLOYEE_LOST ranges=[(m1,m1+1)]
boss > EMPLOYEE_LOST ranges=[(500,600)]
expect m1 < EMPLOYEE_LOST ranges=[(500,600)]
expect m2 < EMPLOYEE_LOST ranges=[(500,600)]
# what is known is not told again
boss > EMPLOYEE_LOST ranges=[(510,520)]
expect nothing
