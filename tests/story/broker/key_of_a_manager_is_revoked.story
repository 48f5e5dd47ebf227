# A manager whose key is let in no more is lost at once, whether it was dialled or dialled in: its tasks go to others.
broker lines=1
m1 joins as manager on line 0 key=manager:m1
m2 joins as manager key=manager:m2
m3 joins as manager key=manager:m3
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
a > SUBMIT uuid=u2 flags=1 body="f(2)"
a > SUBMIT uuid=u3 flags=1 body="f(3)"
expect among m1 < SUBMIT body="f(1)"
expect among m2 < SUBMIT body="f(3)"
expect among m3 < SUBMIT body="f(2)"
key manager:m1 is revoked
expect m1 is closed
expect among m2 < EMPLOYEE_LOST
expect among m3 < EMPLOYEE_LOST
expect log "key is not let in any more"
expect among a < LOG text~"manager m1 is gone"
key manager:m2 is revoked
expect m2 is closed
expect m3 < EMPLOYEE_LOST
expect a < LOG text~"manager m2 is gone"
expect counts workers=1 queued=2
