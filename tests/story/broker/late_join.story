# A manager that joins late gets what waits.
broker lines=2
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT body="f(0)"
m2 joins as manager on line 1 workers=2
expect m2 < SUBMIT body="f(1)"
expect m2 < SUBMIT body="f(2)"
