# One task of a map fails: its slot is told, and the others go on.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,1) root=(nil,M1,1)
expect a < ERROR code=TASK_FAILED uuid=u1 slot=1
expect m1 < CANCEL addresses=[(nil,M1,1)]
expect nothing
a > STATUS uuid=u1
expect a < STATUS state=running total=3 running=2 failed=1
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M1,2)] completed_by=m1 bodies=["0","2"]
expect a < RESULT return_address=(nil,M1,0) body="0"
expect a < RESULT return_address=(nil,M1,2) body="2"
a > STATUS uuid=u1
expect a < STATUS state=failed total=3 done=2 failed=1
