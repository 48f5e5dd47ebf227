# A task that is nested deeper than may be fails its root, and names the setting; the manager stays, and so do the client's other roots.
broker lines=1 max_breadcrumbs=2
m1 joins as manager on line 0 workers=4
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m1 < SUBMIT return_address=(m1,5,0)
m1 > SUBMIT return_address=(m1,6,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="h"
expect m1 < SUBMIT return_address=(m1,6,0)
m1 > SUBMIT return_address=(m1,7,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0),(m1,6,0)] body="i"
expect m1 < CANCEL root=(nil,M1,0)
expect a < ERROR code=TOO_LARGE uuid=u1 task=(m1,7,0) text~"limits/breadcrumbs"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect a < RESULT uuid=u2
