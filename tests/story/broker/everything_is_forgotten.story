# When all is done nothing is left in the broker's books.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < SUBMIT return_address=(m1,5,0)
expect counts tasks=2 queued=0 employees=2
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="0"
expect m1 < RESULT return_address=(m1,5,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect counts tasks=0 queued=0 submitted=1 finished=1 failed=0 cancelled=0 discarded=0 misbehaved=0
