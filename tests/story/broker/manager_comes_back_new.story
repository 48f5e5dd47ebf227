# A manager that comes back as a new process (another boot) is a new employee with ids of its own; the tasks of the old one are given out again.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 is lost
expect nothing
after 30000 ms
m2 joins as manager on line 0 workers=2
expect a < LOG uuid=u1 level=30 logger=mailroom text~"given out again"
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1 body="f(1)"
# no id is used twice
m2 > RESULT return_address=(nil,M1,0) completed_by=m2 body="2"
a > REQUEST uuid=u1
expect a < RESULT completed_by=endm1 body="2"
