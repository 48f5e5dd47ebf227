# A manager that goes down does not take the broker with it, whatever it says.
# (Differs from BQSKit, where a manager's SHUTDOWN, or its loss, ends the server.)
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1
a joins as client session=s1
m1 > SHUTDOWN text="all of you"
expect m1 < ERROR code=UNEXPECTED text~"SHUTDOWN"
expect m1 is closed
a > SUBMIT uuid=u1 body="f(1)"
expect m2 < SUBMIT body="f(1)"
