# Messages that are kept for a task count to its root's session; where there is no room they are passed on and not kept, so a task that would need them again fails.
broker lines=2 max_session_bytes=5000
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(0)"
expect m2 < SUBMIT return_address=(m1,5,0)
m1 > COMMUNICATE addresses=[(m1,5,0)] body="1"*3000
expect m2 < COMMUNICATE addresses=[(m1,5,0)]
m1 > COMMUNICATE addresses=[(m1,5,0)] body="2"*3000
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="2"*3000
m2 > WAITING idle=1 room=1
m2 > RETURN reason=1 addresses=[(m1,5,0)] text="gone"
expect a < LOG uuid=u1
expect a < ERROR code=TOO_LARGE uuid=u1 text~"more messages"
expect m1 < CANCEL root=(nil,M1,0)
expect m2 < CANCEL root=(nil,M1,0)
