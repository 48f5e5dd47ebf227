# What a worker submits beyond the idle workers and the prefetch goes up.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)","g(2)","g(3)"]
expect w2 < SUBMIT return_address=(w1,1,0) body="g(0)"
expect boss < SUBMIT return_address=(w1,1,2) breadcrumbs=[(nil,7,0)] body="g(2)"
expect boss < SUBMIT return_address=(w1,1,3) body="g(3)"
expect nothing
# the one that was kept goes to the next worker that asks: here the parent's own, which waits for its children
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT return_address=(w1,1,1) body="g(1)"
