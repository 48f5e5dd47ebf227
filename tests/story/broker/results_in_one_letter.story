# Results for one client that come in one turn go to it in one letter.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
show batches
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="2"
expect a < RESULT_BATCH count=3
expect a < RESULT return_address=(nil,M1,0) body="0"
expect a < RESULT return_address=(nil,M1,1) body="1"
expect a < RESULT return_address=(nil,M1,2) body="2"
