# A manager that has drained, and whose boss does not say that it has read its last words, leaves when the grace time is over.
shim workers=1 drain_grace=30000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
terminate
turn
boss is silent
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,1,0)
after 29999 ms
expect nothing
after 1 ms
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
