# A manager whose connection was closed, and at whose address nothing listens: lost after `refused`, long before its link expires.
broker lines=1 refused=2000 redial=60000 expiry=60000
m1 joins as manager on line 0 expiry=60000
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 is lost
after 999 ms
expect nothing
after 1 ms
expect line 0 is dialled
line 0 has nobody "nothing listens there"
expect nothing
after 1000 ms
expect line 0 is dialled
line 0 has nobody "nothing listens there"
expect log "its connection was closed, and nothing listens at its address any more"
expect a < LOG uuid=u1 text~"manager m1 is gone"
a > STATUS uuid=u1
expect a < STATUS state=queued attempts=1
# it is dialled on
after 60000 ms
expect line 0 is dialled
