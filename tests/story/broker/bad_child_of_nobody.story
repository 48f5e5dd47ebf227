# A nested task of a root that is not live is discarded, like any late mail.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1
m1 > SUBMIT return_address=(m1,1,0) comp_task_id=77 breadcrumbs=[(nil,77,0)] body="g"
expect nothing
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT body="f(1)"
