# An error fails the root that its task is of; a manager that names another one fails neither.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M2,0)
expect nothing
expect counts discarded=1 tasks=2
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT body="2"
