# The tasks of a manager whose link is over are given out again; what they had elsewhere is cancelled by its own address; others' go on.
broker lines=2 expiry=10000
m1 joins as manager on line 0 workers=2 expiry=10000
m2 joins as manager on line 1 workers=2 idle=0 room=0
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=2 room=2
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
b > SUBMIT uuid=u2 flags=1 body="f(2)"
m1 > WAITING idle=0 room=0
expect among m2 < SUBMIT body="f(2)" return_address=(nil,M2,0)
expect among m2 < SUBMIT return_address=(m1,5,0)
m1 is lost
expect nothing
after 9000 ms
expect line 0 is dialled
expect nothing
after 2000 ms
expect a < LOG uuid=u1 text~"manager m1 is gone"
expect m2 < CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m2 < EMPLOYEE_LOST ranges=[(m1,endm1)]
expect nothing
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
expect b < RESULT uuid=u2 body="2"
# a late result of what was cancelled changes nothing
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="9"
a > STATUS uuid=u1
expect a < STATUS state=queued attempts=1
m2 > WAITING idle=1 room=1
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1 body="f(1)"
m2 > RESULT return_address=(nil,M1,0) completed_by=m2 body="1"
a > REQUEST uuid=u1
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect a < RESULT uuid=u1 body="1"
expect counts tasks=0 discarded=1
