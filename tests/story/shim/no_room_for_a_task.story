# A task for which there is no room goes back to the boss, without an attempt, and no more is wanted until there is; where nothing here will make room it fails.
shim workers=2 prefetch=2 max_memory=100000
hide STARTED
boss joins as boss
w1 joins as worker in slot 0
expect boss < WAITING idle=1 room=3
w2 joins as worker in slot 1
expect boss < WAITING idle=2 room=4
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="a"*40000
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="b"*40000
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="c"*20000
expect w1 < SUBMIT
expect w2 < SUBMIT
expect boss < RETURN reason=0 addresses=[(nil,3,0)]
expect boss < WAITING idle=0 room=0
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="r"
w1 > WAITING idle=1 room=1
expect boss < RESULT return_address=(nil,1,0)
expect boss < WAITING idle=1 room=3
boss > SUBMIT return_address=(nil,3,0) comp_task_id=3 body="c"*20000
expect w1 < SUBMIT return_address=(nil,3,0) attempt=0
w1 > WAITING idle=1 room=1
w2 > WAITING idle=1 room=1
expect boss < WAITING idle=2 room=4
boss > SUBMIT return_address=(nil,4,0) comp_task_id=4 body="d"*40000
expect boss < ERROR code=TOO_LARGE task=(nil,4,0) root=(nil,4,0) within=(nil,4,0) text~"limits/memory"
expect boss < WAITING idle=2 room=4
expect counts tasks=2
