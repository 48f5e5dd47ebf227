# Each manager gets a range of ids as large as it asks for; ranges do not overlap. More are given on IDS.
broker lines=2
m1 joins as manager on line 0 workers=4
m2 joins as manager on line 1 workers=8
m1 > IDS count=16
expect m1 < CONNECT ranges=[(L1,L2)]
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m2 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=0
m2 > SUBMIT return_address=(m2+7,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m2+7,1,0)
m1 > WAITING idle=1 room=1
m2 > WAITING idle=0 room=0
m2 > SUBMIT return_address=(m2+7,2,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(2)"
expect m1 < SUBMIT return_address=(m2+7,2,0)
# done by a worker with one of the ids that came later
m1 > RESULT return_address=(m2+7,2,0) completed_by=L1 body="2"
expect m2 < RESULT return_address=(m2+7,2,0) completed_by=L1
