# A root with many children ends for its client at once, and its children a part at a time: nothing more of them is given out, what comes of them counts for nothing, and who has part of it is told when all are gone.
broker lines=2 work=64
m1 joins as manager on line 0 workers=2 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["0","1","2","3","4","5","6","7","8","9","10","11"]
m2 joins as manager on line 1 workers=1 idle=1 room=1
expect m2 < SUBMIT return_address=(m1,5,0)
after 0 ms
expect counts tasks=13 queued=11
a > CANCEL uuid=u1 corr=1
expect a < CANCEL corr=1 state=running
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="late"
m2 > WAITING idle=1 room=1
after 0 ms
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect counts tasks=0 queued=0 discarded=1
expect nothing
