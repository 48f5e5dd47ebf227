# A child may need another runtime than its parent: a worker that has it runs the child, and its result comes down to the parent's worker.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 runtimes=python
w2 joins as worker in slot 1 runtimes=plain
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 runtime=python body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] runtime=plain body="g"
expect w2 < SUBMIT return_address=(w1,1,0) runtime=plain body="g"
w2 > RESULT return_address=(w1,1,0) completed_by=w2 body="G"
expect w1 < RESULT return_address=(w1,1,0) body="G"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="F"
expect boss < RESULT return_address=(nil,7,0) body="F"
