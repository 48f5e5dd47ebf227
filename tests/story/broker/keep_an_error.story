# An error of a task with the flag KEEP stays as a result does, until RELEASE names it.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=3 name="f" body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0)
expect a < ERROR code=TASK_FAILED uuid=u1 text="no"
expect m1 < CANCEL
after 200 ms
a > REQUEST uuid=u1 corr=2
expect a < ERROR code=TASK_FAILED uuid=u1 text="no" corr=2
expect counts names=1
a > RELEASE slots=[(u1,nil)]
expect counts kept=0 jobs=0 names=0
