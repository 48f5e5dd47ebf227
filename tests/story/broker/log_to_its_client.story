# A log record goes to the client of its root, before the result. (DetachedServer.handle_log)
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="bqskit" text="half done" body="record"
m1 > LOG task=(m1,4,0) root=(nil,M2,0) level=30 logger="bqskit" text="from a child"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < LOG uuid=u1 root=(nil,M1,0) level=20 logger="bqskit" text="half done" body="record"
expect a < RESULT uuid=u1
expect b < LOG uuid=u2 task=(m1,4,0) root=(nil,M2,0) level=30 text="from a child"
