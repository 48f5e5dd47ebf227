# A map is one SUBMIT_BATCH under one uuid: a mailbox with a slot for each task, whose results come one by one as they are there.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 runtime=python bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0) comp_task_id=M1 runtime=python body="f(0)"
expect m1 < SUBMIT return_address=(nil,M1,1) comp_task_id=M1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,2) comp_task_id=M1 runtime=python body="f(2)"
a > REQUEST uuid=u1 slot=nil
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="2"
expect a < RESULT return_address=(nil,M1,2) uuid=u1 body="2"
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M1,1)] completed_by=m1 bodies=["0","1"]
expect a < RESULT return_address=(nil,M1,0) uuid=u1 body="0"
expect a < RESULT return_address=(nil,M1,1) uuid=u1 body="1"
a > STATUS uuid=u1
expect a < STATUS uuid=u1 state=done total=3 done=3
