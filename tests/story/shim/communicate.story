# A parent's message goes to those of the named tasks that are here, and up for the others; one from above goes down to the worker that has the task.
# (Manager.handle_message, COMMUNICATE)
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)"]
expect w2 < SUBMIT return_address=(w1,1,0)
expect boss < SUBMIT return_address=(w1,1,1)
w1 > COMMUNICATE addresses=[(w1,1,0),(w1,1,1)] body="hurry"
expect w2 < COMMUNICATE addresses=[(w1,1,0)] body="hurry"
expect boss < COMMUNICATE addresses=[(w1,1,1)] body="hurry"
boss > COMMUNICATE addresses=[(nil,7,0)] body="you too"
expect w1 < COMMUNICATE addresses=[(nil,7,0)] body="you too"
