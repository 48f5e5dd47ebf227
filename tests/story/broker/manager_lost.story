# A manager whose link is over ends the tasks that it had, and those below them; others' go on.
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
expect a < ERROR code=MANAGER_LOST uuid=u1 slot=0 text~"m1"
# what the lost one's task had elsewhere is cancelled
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect nothing
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
expect b < RESULT uuid=u2 body="2"
a > STATUS uuid=u1
expect a < STATUS state=failed
