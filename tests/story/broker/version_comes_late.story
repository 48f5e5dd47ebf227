# A task for a version waits for the first manager that may have it, and fails when that has others. It goes on waiting where the managers that had its version leave, whoever else comes.
broker lines=3
a joins as client session=s1
a > SUBMIT uuid=u1 runtime="python/3531" body="too new"
a > SUBMIT uuid=u2 runtime="python/3495" body="right"
a > SUBMIT uuid=u3 runtime="bqskit/3495" body="compile"
m1 joins as manager on line 0 workers=1 runtimes=python,python/3495
expect a < ERROR uuid=u1 code=OTHER_VERSION text~"python/3495"
expect m1 < SUBMIT return_address=(nil,M2,0) runtime="python/3495" body="right"
m2 joins as manager on line 1 workers=1 runtimes=python,python/3531
m1 > WAITING idle=0 room=0
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="1"
a > SUBMIT uuid=u4 runtime="python/3495" body="later"
turn
m1 > DISCONNECT text="going home"
expect m1 is closed
expect m2 < EMPLOYEE_LOST
m3 joins as manager on line 2 workers=1 runtimes=plain
a > STATUS uuid=u4
expect a < STATUS state=queued why="no worker has the runtime python/3495"
m4 joins as manager workers=1 runtimes=bqskit,bqskit/3531
expect a < ERROR uuid=u3 code=OTHER_VERSION text~"bqskit/3531"
m5 joins as manager workers=1 runtimes=python,python/3495
expect m5 < SUBMIT runtime="python/3495" body="later"
