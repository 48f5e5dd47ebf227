# A worker that says WAITING twice (its task was woken and suspended again) gets one task, not two.
shim workers=1 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > WAITING idle=1 room=1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)","f(2)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect nothing
# said before it had read the SUBMIT
w1 > WAITING idle=1 room=1 receipt=0
expect nothing
