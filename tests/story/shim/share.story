# A part from the boss is kept once, sent once to each worker that knows of parts, and joined for one that does not; it is let go when its tasks have ended and the boss has said so.
shim workers=2 prefetch=0
boss joins as boss features=1
expect boss < STARTED
w0 joins as worker in slot 0 features=1
expect boss < STARTED
expect boss < WAITING
w1 joins as worker in slot 1
expect boss < STARTED
expect boss < WAITING
boss > SHARE number=5 body="function "
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 shared=5 body="x"
boss > SUBMIT return_address=(nil,7,1) comp_task_id=7 shared=5 body="y"
expect w0 < SHARE number=1 body="function "
expect w0 < SUBMIT return_address=(nil,7,0) shared=1 body="x"
expect w1 < SUBMIT return_address=(nil,7,1) body="function y"
w0 > RESULT return_address=(nil,7,0) completed_by=w0 body="1"
w0 > WAITING idle=1 room=1
expect boss < RESULT
expect boss < WAITING
boss > SUBMIT return_address=(nil,7,2) comp_task_id=7 shared=5 body="z"
boss > UNSHARE number=5
expect w0 < SUBMIT return_address=(nil,7,2) shared=1 body="z"
w1 > RESULT return_address=(nil,7,1) completed_by=w1 body="2"
expect boss < RESULT
w0 > RESULT return_address=(nil,7,2) completed_by=w0 body="3"
expect w0 < UNSHARE number=1
expect boss < RESULT
