# A root's result crosses a child of it that is on its way to the same manager, and that is cancelled: the manager, which had
# ended the root and began it anew for the child, is told that it has ended.
broker lines=1
m1 joins as manager on line 0 workers=2 idle=2 room=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
expect m1 < SUBMIT return_address=(m1,5,0)
m1 > CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect nothing
