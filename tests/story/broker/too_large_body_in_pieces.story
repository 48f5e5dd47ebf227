# The pieces of a body above max_body are not kept; when the submit behind them comes, its task is refused, and the link goes on.
broker lines=1 max_body=300000
a joins as client session=s1
a > SUBMIT uuid=u1 body="x"*900000
expect a < ERROR code=TOO_LARGE uuid=u1 about=2 text~"a body of 900000 bytes"
a > SUBMIT uuid=u2 body="x"*290000
expect counts tasks=1
