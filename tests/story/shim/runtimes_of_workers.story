# A task goes to a worker that has its runtime.
shim workers=2 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=plain
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 runtime=plain body="sort"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 runtime=plain body="sort too"
expect w2 < SUBMIT return_address=(nil,7,0)
expect nothing
w2 > RESULT return_address=(nil,7,0) completed_by=w2 body="1"
w2 > WAITING idle=1 room=1
expect boss < RESULT
expect w2 < SUBMIT return_address=(nil,8,0)
