# The lengths of a batch must add up to its body.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)"] body="f(0)f(1)and more"
expect a < ERROR code=MALFORMED
expect a is closed
expect nothing
