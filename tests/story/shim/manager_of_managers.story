# A shim over two managers: each gets its part of the ids; a result for a worker below goes to the manager that has it.
shim lines=2 ids=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0) body="f(1)"
m2 > WAITING idle=2 room=2
m1 > WAITING idle=0 room=0
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m1,1,0) breadcrumbs=[(nil,7,0)] body="g(1)"
m2 > RESULT return_address=(m1,1,0) completed_by=m2+1 body="2"
expect m1 < RESULT return_address=(m1,1,0) completed_by=m2+1 body="2"
m1 > RESULT return_address=(nil,7,0) completed_by=m1 body="1"
# who had a part of a root is told when it ends
expect m2 < CANCEL addresses=[(nil,7,0)]
expect boss < RESULT return_address=(nil,7,0) completed_by=m1 body="1"
