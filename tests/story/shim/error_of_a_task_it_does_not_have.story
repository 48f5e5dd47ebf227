# A worker's error counts only for a task that it has.
shim workers=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > ERROR code=TASK_FAILED text="not mine" task=(nil,7,0) root=(nil,7,0)
w2 > ERROR code=TASK_FAILED text="nobody's" task=(w2,5,0) root=(nil,7,0)
expect nothing
expect counts discarded=2 tasks=1
