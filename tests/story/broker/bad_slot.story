# A slot that the task does not have is an unknown task.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > REQUEST uuid=u1 slot=1 corr=6
expect a < ERROR code=UNKNOWN_TASK corr=6 uuid=u1
