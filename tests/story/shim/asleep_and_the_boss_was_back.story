# A shim that slept beyond the expiry of its boss's broken link reads what came meanwhile first: the boss that came back is served on.
shim workers=1 expiry=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is lost "reset"
asleep 6000 ms
turn
boss comes back
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0) body="1"
