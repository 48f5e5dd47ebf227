# SIGINT gives back what it has too, queued or not, without an attempt.
shim workers=1 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w1 < SUBMIT return_address=(nil,1,0)
interrupt
expect boss < RETURN reason=0 addresses~"(nil,1,0)" addresses~"(nil,2,0)"
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
