# A running task's children that find no worker nearer by come up and go to another manager, or back to the same one.
# (DetachedServer.handle_message, SUBMIT_BATCH from below)
broker lines=2
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 priority=7 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > WAITING idle=0 room=1
m2 > WAITING idle=2 room=2
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] priority=7 bodies=["g(0)","g(1)","g(2)"]
expect m2 < SUBMIT return_address=(m1,5,0) priority=7 body="g(0)"
expect m2 < SUBMIT return_address=(m1,5,1) priority=7 body="g(1)"
expect m1 < SUBMIT return_address=(m1,5,2) priority=7 body="g(2)"
