# A manager that asks for more ids than there are is refused with a reason in the log; the others are not touched.
broker lines=2
m1 joins as manager on line 0 ids=1
m2 opens on line 1
expect m2 < HELLO
m2 > WELCOME role=manager ids=2000000000
expect m2 < ERROR code=REFUSED text~"worker ids"
expect m2 is closed
expect log "more"
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT
