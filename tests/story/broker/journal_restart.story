# A broker that dies goes on as another process: sessions, tasks that wait or ran, results that nobody has fetched, maps in the middle, cancels and priorities are as they were. What ran is given out again.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 boot=b1 workers=1 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=3 runtime=python name="one" body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect a < RESULT uuid=u1 body="1"
a > SUBMIT_BATCH uuid=u2 flags=1 runtime=python bodies=["g(0)","g(1)","g(2)"]
expect m1 < SUBMIT return_address=(nil,M2,0) body="g(0)"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="0"
m1 > WAITING idle=1 room=1
expect a < RESULT uuid=u2 return_address=(nil,M2,0) body="0"
expect m1 < SUBMIT return_address=(nil,M2,1) body="g(1)"
a > SUBMIT uuid=u3 runtime=python body="h(3)"
a > SUBMIT uuid=u4 priority=200 runtime=python body="h(4)"
a > CANCEL uuid=u3 corr=1
the journal commits
expect a < CANCEL uuid=u3 state=queued
a > DISCONNECT corr=2 detach=1
the journal commits
expect a < DISCONNECT corr=2
expect a is closed
the broker dies
# what was queued waits for the manager, which may have it
expect counts clients=1 absent=1 tasks=3 queued=0
a joins as client session=s1
# who was sent a result that is kept gets it once more: that it came is not written down
expect a < RESULT uuid=u1 body="1"
a > STATUS uuid=u1 corr=3
a > STATUS uuid=u2 corr=4
a > STATUS uuid=u3 corr=5
expect a < STATUS uuid=u1 state=done attempts=1
expect a < STATUS uuid=u2 state=queued total=3 done=1 queued=2
expect a < STATUS uuid=u3 state=cancelled
a > REQUEST uuid=u1 corr=6
expect a < RESULT uuid=u1 body="1"
a > SUBMIT uuid=u5 runtime=python body="i(5)"
expect a < ERROR code=BUSY uuid=u5 text~"has just begun"
m2 joins as manager on line 0 boot=b1 workers=1 idle=1 room=3
# those that the dead broker gave have not come back
expect m2 < EMPLOYEE_LOST ranges=[(0,16384)]
expect m2 < SUBMIT body="h(4)"
expect m2 < SUBMIT return_address=(nil,M2,1) body="g(1)"
expect m2 < SUBMIT return_address=(nil,M2,2) body="g(2)"
m2 > RESULT return_address=(nil,M2,2) completed_by=m2 body="2"
expect a < RESULT uuid=u2 return_address=(nil,M2,2) body="2"
# numbers of mailboxes are not used again
a > SUBMIT uuid=u5 runtime=python body="i(5)"
m2 > WAITING idle=1 room=3
expect m2 < SUBMIT return_address=(nil,1049576,0) body="i(5)"
