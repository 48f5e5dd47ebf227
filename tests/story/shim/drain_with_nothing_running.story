# A manager that is told to leave when nothing runs there gives back what is queued, and leaves at once.
shim workers=1 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 idle=0 room=0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect nothing
boss > DRAIN
expect boss < RETURN reason=0 addresses=[(nil,1,0),(nil,2,0)]
# when the boss has read it
after 200 ms
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
