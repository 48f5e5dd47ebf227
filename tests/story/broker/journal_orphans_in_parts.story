# What goes with cancelled children and lost workers goes a part at a time. That it is to go is safe when the last of it is on the disk, and what its manager says behind that as well; what others say does not wait for it.
broker journal=1 lines=2 work=30
the journal commits
m1 joins as manager on line 0 workers=2 idle=1 room=1
m2 joins as manager on line 1 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python bodies=["0","1","2","3","4","5","6","7"]
expect m2 < SUBMIT return_address=(m1,5,0)
after 1000 ms
the journal commits
after 1000 ms
show ACK
m1 > CANCEL addresses=[(m1,5,1),(m1,5,2),(m1,5,3),(m1,5,4)] root=(nil,M1,0)
turn
turn
expect counts tasks=7
m1 > WAITING idle=1 room=1 receipt=1
m2 > WAITING idle=0 room=0 receipt=2
the journal commits
after 200 ms
expect m1 < ACK ack=5 safe=3
expect m2 < ACK ack=3 safe=3
expect counts tasks=5
the journal commits
after 100 ms
expect m1 < ACK ack=5 safe=5
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
turn
expect counts tasks=3
expect m2 < EMPLOYEE_LOST ranges=[(m1,m1+1)]
the journal commits
after 200 ms
expect m1 < ACK ack=6 safe=5
expect counts tasks=1
the journal commits
expect m2 < CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
after 100 ms
expect m1 < ACK ack=6 safe=6
