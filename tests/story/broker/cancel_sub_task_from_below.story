# A parent cancels its child: the cancel goes to the manager that has the child, and to no other.
# (DetachedServer.handle_message, CANCEL from below)
broker lines=3
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
expect m2 < SUBMIT return_address=(m1,5,0)
m1 > CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m2 < CANCEL addresses=[(m1,5,0)]
expect nothing
# What the cancelled child still says is discarded.
m2 > RESULT return_address=(m1,5,0) completed_by=m2 body="late"
expect nothing
# Its parent goes on.
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1
# who had a part of a root is told when it ends, its sender too: the cancelled task could have come to it meanwhile
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect a < RESULT uuid=u1 body="1"
