# A task that is given out again gets the messages that were sent to it so far, in their order, before anything else of it.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(0)"
expect m2 < SUBMIT return_address=(m1,5,0)
m1 > COMMUNICATE addresses=[(m1,5,0)] body="one"
m1 > COMMUNICATE addresses=[(m1,5,0)] body="two"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="one"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="two"
m2 > RETURN reason=1 addresses=[(m1,5,0)] text="gone"
expect a < LOG uuid=u1
# while it waits
m1 > COMMUNICATE addresses=[(m1,5,0)] body="three"
expect nothing
m2 > WAITING idle=1 room=1
m1 > COMMUNICATE addresses=[(m1,5,0)] body="four"
expect m2 < SUBMIT return_address=(m1,5,0) attempt=1
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="one"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="two"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="three"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="four"
m1 > COMMUNICATE addresses=[(m1,5,0)] body="five"
expect m2 < COMMUNICATE addresses=[(m1,5,0)] body="five"
expect nothing
