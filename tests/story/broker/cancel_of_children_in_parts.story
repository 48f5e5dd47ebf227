# An employee's CANCEL of many children is noted, and they are swept, a part at a time; it is acknowledged when all are noted, and what comes of them meanwhile counts for nothing.
broker lines=2 work=64
m1 joins as manager on line 0 workers=2 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["0","1","2","3","4","5","6","7"]
m2 joins as manager on line 1 workers=4 idle=4 room=4
expect m2 < SUBMIT return_address=(m1,5,0)
expect m2 < SUBMIT return_address=(m1,5,1)
expect m2 < SUBMIT return_address=(m1,5,2)
expect m2 < SUBMIT return_address=(m1,5,3)
after 0 ms
expect counts tasks=9 queued=4
m1 > CANCEL addresses=[(m1,5,0),(m1,5,1),(m1,5,2),(m1,5,3),(m1,5,4),(m1,5,5),(m1,5,6)] root=(nil,M1,0)
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="late"
after 0 ms
expect m2 < CANCEL addresses=[(m1,5,1)] root=(nil,M1,0)
expect m2 < CANCEL addresses=[(m1,5,3)] root=(nil,M1,0)
expect m2 < CANCEL addresses=[(m1,5,2),(m1,5,0)] root=(nil,M1,0)
expect counts tasks=2 queued=1
expect nothing
