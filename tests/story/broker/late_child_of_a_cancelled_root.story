# A child that a cancelled task still submits is discarded, and counted.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > CANCEL uuid=u1
expect a < CANCEL state=running
expect m1 < CANCEL addresses=[(nil,M1,0)]
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
m1 > COMMUNICATE addresses=[(m1,5,0)] body="hurry"
expect nothing
expect counts tasks=0 queued=0 cancelled=1 discarded=1
