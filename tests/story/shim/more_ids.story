# When the range is used up, the shim asks its boss for more ids, and a worker without one waits for it.
shim workers=2 ids=2
hide STARTED WAITING
boss joins as boss lower=100 upper=101
w1 joins as worker in slot 0
worker 1 starts
w2 opens for workers
w2 > HELLO role=worker name="w1.1"
expect w2 < WELCOME
expect boss < IDS count=2
w1 > WAITING idle=1 room=1
expect nothing
after 1000 ms
expect nothing
boss > CONNECT ranges=[(300,302)]
expect w2 < CONNECT ranges=[(300,301)]
w2 > STARTED total_workers=1 runtimes=[(python,"3.11")]
w2 > WAITING idle=1 room=1
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)"]
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,7,1)
