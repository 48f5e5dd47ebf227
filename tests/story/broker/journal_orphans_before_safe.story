# That a child is cancelled, and that workers are lost, is safe when it is on the disk that what went with it is over: a manager whose word is safe does not repeat it to the next process.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2 idle=1 room=1
a joins as client session=s1
a > SUBMIT uuid=u1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="c(0)"
m1 > SUBMIT return_address=(m1,2,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] runtime=python body="c(1)"
the journal commits
after 1000 ms
show ACK
m1 > CANCEL addresses=[(m1,1,0)] root=(nil,M1,0)
expect counts tasks=2
after 200 ms
expect m1 < ACK ack=5 safe=4
the journal commits
after 100 ms
expect m1 < ACK ack=5 safe=5
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect counts tasks=1
after 200 ms
expect m1 < ACK ack=6 safe=5
the journal commits
after 100 ms
expect m1 < ACK ack=6 safe=6
