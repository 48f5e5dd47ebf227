# A manager that reads nothing while more waits for it than may is given up after the expiry of links: its tasks go to others.
broker lines=2 queue=1000 expiry=10000
m1 joins as manager on line 0 window=500
m2 joins as manager on line 1 workers=4 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=0
m2 > WAITING idle=4 room=4
m1 > SUBMIT_BATCH return_address=(m1,4,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["g(0)","g(1)","g(2)"]
expect m2 < SUBMIT return_address=(m1,4,0)
expect m2 < SUBMIT return_address=(m1,4,1)
expect m2 < SUBMIT return_address=(m1,4,2)
m1 is silent
m2 > RESULT return_address=(m1,4,0) completed_by=m2 body="0"*1000
expect m1 < RESULT return_address=(m1,4,0)
m2 > RESULT return_address=(m1,4,1) completed_by=m2 body="1"*1000
turn
m2 > RESULT return_address=(m1,4,2) completed_by=m2 body="2"*1000
expect nothing
after 9999 ms
expect nothing
after 1 ms
expect m1 < ERROR code=BUSY seq=0 text~"manager-links/max-queue"
expect m1 is closed
expect log "read nothing"
expect m2 < EMPLOYEE_LOST
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1
expect a < LOG text~"read nothing"
