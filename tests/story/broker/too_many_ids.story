# A manager gets no more worker ids than one may have: it is told so, and keeps those that it has; one that joins wanting more is dropped.
broker lines=2 max_ids=10
m1 joins as manager on line 0 ids=4
m1 > IDS count=6
expect m1 < CONNECT
m1 > IDS count=1
expect m1 < ERROR code=REFUSED text~"limits/ids"
expect log "limits/ids"
m2 opens on line 1
expect m2 < HELLO
m2 > WELCOME role=manager ids=11
expect m2 < ERROR code=REFUSED text~"limits/ids"
expect m2 is closed
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT
