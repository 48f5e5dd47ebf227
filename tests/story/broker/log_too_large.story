# A log record above what the client accepts comes without its body: the line is there, and the link lives.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1 max_body=1000
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="a long one" body="r"*1001
expect a < LOG text="a long one" body=""
