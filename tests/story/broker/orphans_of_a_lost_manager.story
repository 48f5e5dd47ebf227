# What descends from a lost manager's workers is an orphan, by its return address or by an ancestor, held by a third manager or queued: each is cancelled by its own address.
broker lines=3
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="child"
expect m2 < SUBMIT return_address=(m1,5,0)
m3 > WAITING idle=1 room=1
m2 > SUBMIT return_address=(m2,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="grandchild"
expect m3 < SUBMIT return_address=(m2,1,0)
# one more of each sort waits
m1 > SUBMIT return_address=(m1,5,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="child"
m2 > SUBMIT return_address=(m2,1,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="grandchild"
expect nothing
expect counts tasks=5 queued=2
m1 > DISCONNECT
expect m1 is closed
expect a < LOG uuid=u1 task=(nil,M1,0)
expect m2 < CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m3 < CANCEL addresses=[(m2,1,0)] root=(nil,M1,0)
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect m3 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect counts tasks=1 queued=1
m3 > WAITING idle=1 room=1
expect m3 < SUBMIT return_address=(nil,M1,0) attempt=1 breadcrumbs=[] body="f(1)"
