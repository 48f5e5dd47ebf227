# When its wall time is over a manager takes nothing new and gives back what is queued; what runs has all the time there is, until SIGTERM sets an end.
shim workers=1 prefetch=1 walltime=100000 drain_grace=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
expect nothing
show WAITING
after 99000 ms
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect nothing
after 1000 ms
expect boss < RETURN reason=0 addresses=[(nil,2,0)]
expect boss < WAITING idle=0 room=0 queued=0
after 500000 ms
expect nothing
terminate
after 4999 ms
expect nothing
after 1 ms
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
