# The connection to the boss breaks: what was on its way in both directions comes after the next handshake, once.
shim workers=2 prefetch=0
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is deaf
boss is unheard
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect nothing
boss is lost
boss comes back
expect boss < RESULT return_address=(nil,7,0) body="1"
expect w2 < SUBMIT return_address=(nil,8,0) body="f(2)"
expect nothing
