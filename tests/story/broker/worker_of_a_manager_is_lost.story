# A manager says that one of its workers is gone: what descends from that one is cancelled, also at the same manager; all others hear of it; what ran on its other workers goes on.
broker lines=3
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m2 > WAITING idle=2 room=2
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="of the first worker"
m1 > SUBMIT return_address=(m1+1,5,0) comp_task_id=M2 breadcrumbs=[(nil,M2,0)] body="of the second worker"
expect m2 < SUBMIT return_address=(m1,5,0)
expect m2 < SUBMIT return_address=(m1+1,5,0)
m1 > WAITING idle=0 room=1
m1 > SUBMIT return_address=(m1,5,1) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="of the first worker"
expect m1 < SUBMIT return_address=(m1,5,1)
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect m1 < CANCEL addresses=[(m1,5,1)] root=(nil,M1,0)
expect m2 < CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m2 < EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect m3 < EMPLOYEE_LOST ranges=[(m1,m1+1)]
m1 > RETURN reason=2 addresses=[(nil,M1,0)] text="node1: worker w0.1 was killed by signal 9 (Killed)"
m3 > WAITING idle=1 room=1
expect a < LOG uuid=u1
expect m3 < SUBMIT return_address=(nil,M1,0) attempt=1
m2 > RESULT return_address=(m1+1,5,0) completed_by=m2 body="4"
expect m1 < RESULT return_address=(m1+1,5,0) body="4"
# told again, it is no news
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
expect nothing
expect counts tasks=2 misbehaved=0
