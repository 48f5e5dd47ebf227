# A message whose number was seen is dropped; one that leaves a gap ends the link.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT body="f(1)"
a >> SUBMIT uuid=u2 seq=1 body="f(2)"
expect nothing
a >> SUBMIT uuid=u2 seq=7 body="f(2)"
expect a < ERROR code=MALFORMED
expect a is closed
# its session stays for its lease
expect counts clients=1 absent=1 tasks=1
