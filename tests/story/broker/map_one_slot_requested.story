# One slot of a map can be asked for by itself.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
a > REQUEST uuid=u1 slot=1
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M1,1)] completed_by=m1 bodies=["0","1"]
expect a < RESULT return_address=(nil,M1,1) body="1"
expect nothing
