# A request for all of a map's results is for those that were not delivered yet; when there are none, one answer says so.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"
a > REQUEST uuid=u1 slot=nil corr=1
expect a < RESULT uuid=u1 return_address=(nil,M1,0) body="0"
a > REQUEST uuid=u1 slot=nil corr=2
expect nothing
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="1"
expect a < RESULT uuid=u1 return_address=(nil,M1,1) body="1"
a > REQUEST uuid=u1 slot=nil corr=3
expect a < ERROR code=UNKNOWN_TASK corr=3 uuid=u1 slot=nil
