# A task that was cancelled in the same turn does not count as given back: the recall takes one that still waits.
shim workers=1 prefetch=2
hide STARTED
boss joins as boss
w1 joins as worker in slot 0 idle=1 room=1
expect boss < WAITING idle=1 room=3
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="a"
expect w1 < SUBMIT return_address=(nil,1,0)
w1 > WAITING idle=0 room=0
expect nothing
boss > SUBMIT return_address=(7,2,0) comp_task_id=9 breadcrumbs=[(nil,9,0)] body="b"
expect nothing
boss > SUBMIT return_address=(7,3,0) comp_task_id=9 breadcrumbs=[(nil,9,0)] priority=200 body="c"
boss > CANCEL addresses=[(7,3,0)] root=(nil,9,0)
boss > RECALL count=1 runtimes=[python]
expect boss < RETURN reason=0 addresses=[(7,2,0)]
expect boss < WAITING
