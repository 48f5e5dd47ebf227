# An ERROR that names a task says whether it answers a question (about=1), or tells what has become of the task (about=2).
broker lines=1 max_tasks=1
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect a < ERROR code=BUSY uuid=u2 corr=nil about=2
a > LIST after=u3 corr=1
expect a < ERROR code=UNKNOWN_TASK uuid=u3 corr=1 slot=nil about=1
a > REQUEST uuid=u3 corr=2
expect a < ERROR code=UNKNOWN_TASK uuid=u3 corr=2 about=2
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0)
expect a < ERROR code=TASK_FAILED uuid=u1 slot=0 about=2
expect m1 < CANCEL addresses=[(nil,M1,0)]
a > DRAIN manager="nobody" corr=3
expect a < ERROR code=REFUSED corr=3 about=1
