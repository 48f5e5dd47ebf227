# A child for which there is no room, here or on its way up, is an error of its root, and so is one that begins with a part that was not kept; a result for which there is none fails its task.
shim workers=1 prefetch=0 max_memory=100000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0 features=1
boss is silent
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"*40000
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"*40000
expect boss < SUBMIT return_address=(w1,1,0)
w1 > SUBMIT return_address=(w1,1,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] body="g"*40000
expect boss < ERROR code=TOO_LARGE task=(w1,1,1) root=(nil,7,0) text~"limits/memory"
w1 > SHARE number=1 body="s"*90000
w1 > SUBMIT return_address=(w1,1,2) comp_task_id=7 breadcrumbs=[(nil,7,0)] shared=1 body="g"
expect boss < ERROR code=TOO_LARGE task=(w1,1,2) text~"part"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="r"*30000
expect boss < ERROR code=TOO_LARGE task=(nil,7,0) text~"limits/memory"
