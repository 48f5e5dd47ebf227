# A result or an error that was sent and not acknowledged when its link ended is sent again on the session's next link, in the same order, once; what was acknowledged is not.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0 workers=4
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)","f(3)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
expect m1 < SUBMIT return_address=(nil,M1,3)
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"
expect a < RESULT return_address=(nil,M1,1)
after 200 ms
expect counts kept=1244
a is silent
m1 > RESULT return_address=(nil,M1,3) completed_by=m1 body="3"
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,2) root=(nil,M1,2)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"
expect a < RESULT return_address=(nil,M1,3)
expect a < ERROR code=TASK_FAILED uuid=u1 slot=2
expect a < RESULT return_address=(nil,M1,0)
expect m1 < CANCEL addresses=[(nil,M1,2)]
a is lost
after 10000 ms
expect nothing
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1
expect a < RESULT return_address=(nil,M1,3) body="3"
expect a < ERROR code=TASK_FAILED corr=nil uuid=u1 slot=2 text="no"
expect a < RESULT return_address=(nil,M1,0) body="0"
after 200 ms
expect counts kept=224
a is lost
after 10000 ms
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1
expect nothing
a > REQUEST uuid=u1 slot=nil corr=1
expect a < ERROR code=UNKNOWN_TASK corr=1
a > STATUS uuid=u1
expect a < STATUS state=failed done=3 failed=1 attempts=1
