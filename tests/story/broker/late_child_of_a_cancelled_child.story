# What a cancelled sub-task still submits is discarded; its parent and the parent's other children go on.
broker lines=1
m1 joins as manager on line 0 workers=8
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > SUBMIT_BATCH return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] bodies=["g(0)","g(1)"]
expect m1 < SUBMIT return_address=(m1,5,0)
expect m1 < SUBMIT return_address=(m1,5,1)
m1 > CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
expect m1 < CANCEL addresses=[(m1,5,0)] root=(nil,M1,0)
m1 > SUBMIT return_address=(m1+1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="h of a cancelled one"
m1 > SUBMIT return_address=(m1+2,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,1)] body="h"
expect m1 < SUBMIT return_address=(m1+2,1,0) body="h"
expect nothing
