# A second SIGTERM does not wait for what runs: it goes back without an attempt.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
terminate
expect nothing
terminate
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
