# A child that is lost too often fails its root; the error names the child.
broker lines=2 max_attempts=1
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m2 > WAITING idle=1 room=1
expect m2 < SUBMIT return_address=(m1,5,0)
m2 > RETURN reason=2 addresses=[(m1,5,0)] text="node2: worker w0.1 ran out of memory"
expect a < ERROR uuid=u1 code=TOO_MANY_ATTEMPTS task=(m1,5,0) root=(nil,M1,0) text~"ran out of memory"
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect m2 < CANCEL addresses=[(nil,M1,0)]
expect counts tasks=0 failed=1
