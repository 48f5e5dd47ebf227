# A manager that says DISCONNECT leaves at once: the tasks that it still has wait for another one.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > DISCONNECT text="going home"
expect m1 is closed
expect a < LOG uuid=u1 level=30 logger=mailroom text~"a task is given out again"
