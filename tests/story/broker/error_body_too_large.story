# An exception above what the client accepts comes without its body: the text is there, and the link lives.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1 max_body=1000
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > ERROR code=TASK_FAILED text="no" task=(nil,M1,0) root=(nil,M1,0) body="r"*1001
expect among m1 < CANCEL
expect a < ERROR code=TASK_FAILED text="no" body=""
