# A task's body above what the manager accepts is an error of that task; the next task goes.
broker lines=1
m1 joins as manager on line 0 workers=2 max_body=1000
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="x"*1001
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect a < ERROR code=TOO_LARGE uuid=u1 slot=0
expect m1 < SUBMIT body="f(2)"
