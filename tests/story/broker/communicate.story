# A message of a parent goes to the managers that have the named tasks. (DetachedServer.handle_message, COMMUNICATE)
broker lines=3
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=2 room=2
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["g(0)","g(1)"]
expect m2 < SUBMIT return_address=(m1,5,0)
expect m2 < SUBMIT return_address=(m1,5,1)
m1 > COMMUNICATE addresses=[(m1,5,0),(m1,5,1)] body="hurry"
expect m2 < COMMUNICATE addresses=[(m1,5,0),(m1,5,1)] body="hurry"
expect nothing
