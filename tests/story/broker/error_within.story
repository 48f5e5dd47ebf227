# An error of a task that a manager kept for its own workers counts by the task of the broker's that it descends from, if that manager holds it.
broker lines=2
m1 joins as manager on line 0
m2 joins as manager on line 1 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m2 > WAITING idle=1 room=1
expect m2 < SUBMIT return_address=(nil,M2,0)
# m2 does not hold the first; the second is not of the root that it names; and a kept task is not known by itself
m2 > ERROR code=TASK_FAILED text="no" task=(m2,3,0) root=(nil,M1,0) within=(nil,M1,0)
m2 > ERROR code=TASK_FAILED text="no" task=(m2,3,0) root=(nil,M1,0) within=(nil,M2,0)
m1 > ERROR code=TASK_FAILED text="no" task=(m1,3,0) root=(nil,M1,0)
expect nothing
expect counts discarded=3 failed=0
m1 > ERROR code=TASK_FAILED text="a traceback" task=(m1,3,0) root=(nil,M1,0) within=(nil,M1,0)
expect a < ERROR uuid=u1 code=TASK_FAILED text="a traceback" task=(m1,3,0) root=(nil,M1,0)
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect counts tasks=1 discarded=3 failed=1
