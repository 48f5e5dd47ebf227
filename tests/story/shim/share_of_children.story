# A worker's children begin with a part that it sends once: those that stay and those that go up; the boss is sent the part before the first of them.
shim workers=2 prefetch=0
boss joins as boss features=1
expect boss < STARTED
w0 joins as worker in slot 0 features=1
expect boss < STARTED
expect boss < WAITING
w1 joins as worker in slot 1 features=1
expect boss < STARTED
expect boss < WAITING
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="parent"
expect w0 < SUBMIT
w0 > SHARE number=1 body="child "
w0 > SUBMIT return_address=(w0,0,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] shared=1 body="x"
w0 > SUBMIT return_address=(w0,0,1) comp_task_id=7 breadcrumbs=[(nil,7,0)] shared=1 body="y"
w0 > SUBMIT return_address=(w0,0,2) comp_task_id=7 breadcrumbs=[(nil,7,0)] shared=1 body="z"
w0 > UNSHARE number=1
expect w1 < SHARE number=1 body="child "
expect w1 < SUBMIT return_address=(w0,0,0) shared=1 body="x"
expect boss < SHARE number=1 body="child "
expect boss < SUBMIT return_address=(w0,0,1) shared=1 body="y"
expect boss < SUBMIT return_address=(w0,0,2) shared=1 body="z"
expect boss < WAITING
w1 > RESULT return_address=(w0,0,0) completed_by=w1 body="1"
expect w0 < RESULT
expect w1 < UNSHARE number=1
expect boss < UNSHARE number=1
