# A task that a worker gives back because it is awake again goes to another worker here, without an attempt, and to the boss when this shim drains.
shim workers=2 prefetch=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1 idle=0 room=0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > WAITING idle=1 room=1
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,8,0)
w1 > RETURN reason=0 addresses=[(nil,8,0)]
w1 > WAITING idle=0 room=0
expect nothing
w2 > WAITING idle=1 room=1
expect w2 < SUBMIT return_address=(nil,8,0) attempt=0
w2 > RETURN reason=0 addresses=[(nil,8,0)]
w2 > WAITING idle=0 room=0
expect nothing
boss > DRAIN
expect boss < RETURN reason=0 addresses=[(nil,8,0)]
