# Tasks that the shim kept for its own workers go up by SUBMIT when they are recalled, with their attempt and the messages sent to them so far; those to come are passed on.
shim workers=1 prefetch=2
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] attempt=2 body="g(0)"
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g(1)"
w1 > COMMUNICATE addresses=[(w1,1,0),(w1,1,1)] body="one"
w1 > COMMUNICATE addresses=[(w1,1,0)] body="two"
expect nothing
boss > RECALL count=1 runtimes=[python]
expect boss < SUBMIT return_address=(w1,1,0) breadcrumbs=[(nil,7,0)] attempt=2 body="g(0)"
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="one"
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="two"
expect nothing
w1 > COMMUNICATE addresses=[(w1,1,0),(w1,1,1)] body="three"
expect boss < COMMUNICATE addresses=[(w1,1,0)] body="three"
# its result comes from elsewhere, the other one runs here
boss > RESULT return_address=(w1,1,0) completed_by=500 body="0"
expect w1 < RESULT return_address=(w1,1,0) body="0"
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT return_address=(w1,1,1)
expect w1 < COMMUNICATE addresses=[(w1,1,1)] body="one"
expect w1 < COMMUNICATE addresses=[(w1,1,1)] body="three"
# the parent cancels what is elsewhere
w1 > CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
expect boss < CANCEL addresses=[(w1,1,0)] root=(nil,7,0)
