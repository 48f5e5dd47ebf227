# A manager that has drained stays until its boss has read its last words: when the connection breaks they are sent again, and no attempt is lost.
shim workers=1 expiry=60000 drain_grace=30000
hide STARTED WAITING
boss joins as boss expiry=60000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
terminate
turn
boss is lost
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"
expect nothing
after 5000 ms
expect nothing
boss comes back
expect boss < RESULT return_address=(nil,1,0) body="1"
# when the boss has read it
after 200 ms
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
