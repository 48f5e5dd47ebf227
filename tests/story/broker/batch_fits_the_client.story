# Results that come in one turn go in one letter only as far as the client accepts a body of that size.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1 max_body=1000
show batches
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT_BATCH count=3
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"*400
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"*400
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="2"*400
expect a < RESULT_BATCH count=2
expect a < RESULT return_address=(nil,M1,0)
expect a < RESULT return_address=(nil,M1,1)
expect a < RESULT return_address=(nil,M1,2)
