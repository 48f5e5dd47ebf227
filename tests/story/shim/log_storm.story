# A worker sends so many log records a second up, and a burst; what is beyond is dropped, and a line says how many. Another worker's come through.
shim workers=2 max_logs=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
boss > SUBMIT return_address=(nil,8,0) comp_task_id=8 body="f(2)"
expect w1 < SUBMIT return_address=(nil,7,0)
expect w2 < SUBMIT return_address=(nil,8,0)
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 0"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 1"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 2"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 3"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 4"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 5"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 6"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 7"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 8"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 9"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 10"
w1 > LOG task=(nil,7,0) root=(nil,7,0) level=20 logger="x" text="line 11"
w2 > LOG task=(nil,8,0) root=(nil,8,0) level=20 logger="x" text="of another"
expect boss < LOG text="line 0"
expect boss < LOG text="line 1"
expect boss < LOG text="line 2"
expect boss < LOG text="line 3"
expect boss < LOG text="line 4"
expect boss < LOG text="line 5"
expect boss < LOG text="line 6"
expect boss < LOG text="line 7"
expect boss < LOG text="line 8"
expect boss < LOG text="line 9"
expect boss < LOG text="of another"
after 999 ms
expect nothing
after 1 ms
expect boss < LOG level=30 logger="mailroom" root=(nil,7,0) text="2 log records were dropped (setting limits/logs)"
