# A task that finds a worker awake again comes back unbegun: it goes to one who is idle, or later to the same, and no attempt is counted.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0) attempt=0
boss > COMMUNICATE addresses=[(nil,7,0)] body="early"
expect w1 < COMMUNICATE addresses=[(nil,7,0)]
w1 > WAITING idle=0 room=0
w1 > RETURN reason=0 addresses=[(nil,7,0)]
expect w2 < SUBMIT return_address=(nil,7,0) attempt=0 body="f(1)"
expect w2 < COMMUNICATE addresses=[(nil,7,0)] body="early"
# awake as well
w2 > WAITING idle=0 room=0
w2 > RETURN reason=0 addresses=[(nil,7,0)]
expect nothing
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT return_address=(nil,7,0) attempt=0 body="f(1)"
expect w1 < COMMUNICATE addresses=[(nil,7,0)] body="early"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0) body="1"
expect counts tasks=0
