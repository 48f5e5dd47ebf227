# A client gets so many log records a second, and a burst; what is beyond is dropped, and a line says how many. Results and errors come all the same.
broker lines=1 max_logs=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 0"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 1"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 2"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 3"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 4"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 5"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 6"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 7"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 8"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 9"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 10"
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="line 11"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
m1 > ERROR code=TASK_FAILED task=(nil,M2,0) root=(nil,M2,0) text="it raised"
expect a < LOG text="line 0"
expect a < LOG text="line 1"
expect a < LOG text="line 2"
expect a < LOG text="line 3"
expect a < LOG text="line 4"
expect a < LOG text="line 5"
expect a < LOG text="line 6"
expect a < LOG text="line 7"
expect a < LOG text="line 8"
expect a < LOG text="line 9"
expect a < RESULT uuid=u1
expect m1 < CANCEL root=(nil,M2,0)
expect a < ERROR code=TASK_FAILED uuid=u2
after 999 ms
expect nothing
after 1 ms
expect a < LOG level=30 logger="mailroom" text="2 log records were dropped (setting limits/logs)"
a > SUBMIT uuid=u3 body="f(3)"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,M3,0)
m1 > LOG task=(nil,M3,0) root=(nil,M3,0) level=20 logger="x" text="one a second"
m1 > LOG task=(nil,M3,0) root=(nil,M3,0) level=20 logger="x" text="one too many"
expect a < LOG text="one a second"
after 1000 ms
expect a < LOG text="1 log records were dropped (setting limits/logs)"
