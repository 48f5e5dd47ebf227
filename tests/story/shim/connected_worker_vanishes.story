# A worker that came by itself is asked for a sign of life, but never given up for its silence, for it may hold its interpreter for an hour.
# When what is sent to it comes back, it is gone.
shim workers=1 only_connect=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 is silent
show PING
after 2000 ms
expect w1 < PING
after 2000 ms
expect w1 < PING
hide PING
after 3600000 ms
expect nothing
w1 is lost "no route to it"
after 10000 ms
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=2 addresses=[(nil,7,0)]
