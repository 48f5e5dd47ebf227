# A client's task has a uuid; one without is MALFORMED.
broker
a joins as client session=s1
a > SUBMIT body="f(1)"
expect a < ERROR code=MALFORMED text~"uuid"
expect a is closed
