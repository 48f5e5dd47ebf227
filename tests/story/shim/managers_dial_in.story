# A manager of managers accepts managers that dial in, and gives them work like those that it dials.
shim managers=1 lines=1
hide STARTED WAITING
boss joins as boss
m1 joins as manager workers=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect m1 < SUBMIT return_address=(nil,7,0)
m2 joins as manager on line 0
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect m2 < SUBMIT return_address=(nil,8,0)
