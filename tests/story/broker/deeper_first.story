# Nested tasks go before roots that wait: what was begun is ended first, which bounds what is in memory.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
m1 > SUBMIT return_address=(m1,5,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g(1)"
m1 > SUBMIT return_address=(m1,6,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0),(m1,5,0)] body="h(1)"
m1 > WAITING idle=1 room=3
expect m1 < SUBMIT body="h(1)"
expect m1 < SUBMIT body="g(1)"
expect m1 < SUBMIT body="f(2)"
