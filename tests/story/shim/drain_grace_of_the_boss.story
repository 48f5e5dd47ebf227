# DRAIN may set a grace time of its own; a later one can only shorten it.
shim workers=1 drain_grace=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
boss > DRAIN grace=60000
after 10000 ms
expect nothing
boss > DRAIN grace=90000
boss > DRAIN grace=1000
after 999 ms
expect nothing
after 1 ms
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
