# A task's log record goes up, before its result.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="bqskit" text="half done" body="record"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="bqskit" text="half done" body="record"
expect boss < RESULT return_address=(nil,7,0)
