# The ids of a manager that is gone belong to nobody: the next one cannot speak for them.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > DISCONNECT text="going home"
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
expect m1 is closed
after 5000 ms
m2 joins as manager on line 0 workers=2
expect m2 < SUBMIT return_address=(nil,M1,0)
m2 > SUBMIT return_address=(m1,1,0) comp_task_id=M1 breadcrumbs=[(nil,M1,0)] body="g"
expect m2 < ERROR code=MALFORMED text~"return address"
expect m2 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
