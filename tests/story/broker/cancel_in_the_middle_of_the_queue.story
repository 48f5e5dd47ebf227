# Of three that wait, the middle one is cancelled, with the message that waits for it.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["g(0)","g(1)","g(2)"]
m1 > COMMUNICATE addresses=[(m1,5,1)] body="hurry"
m1 > CANCEL addresses=[(m1,5,1)] root=(nil,M1,0)
expect nothing
m1 > WAITING idle=3 room=3
expect m1 < SUBMIT return_address=(m1,5,0)
expect m1 < SUBMIT return_address=(m1,5,2)
expect nothing
