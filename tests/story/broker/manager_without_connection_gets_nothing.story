# While a manager's connection is broken, new tasks go to those that can be reached.
broker lines=2
m1 joins as manager on line 0 workers=4
m2 joins as manager on line 1 workers=1
a joins as client session=s1
m1 is lost
a > SUBMIT uuid=u1 body="f(1)"
expect m2 < SUBMIT body="f(1)"
after 5000 ms
m1 comes back on line 0
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT body="f(2)"
