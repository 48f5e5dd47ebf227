# What still runs when the grace time is over goes back without an attempt; what descends from a task that runs here is of no use without it.
shim workers=2 drain_grace=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=1 breadcrumbs=[(nil,1,0)] body="g(0)"
expect w2 < SUBMIT return_address=(w1,1,0)
boss > DRAIN
after 4999 ms
expect nothing
after 1 ms
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 < SHUTDOWN
expect w2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
