# A connection breaks while a result is on its way: after the new handshake it is sent again, nothing is lost and nothing comes twice.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect nothing
a comes back
expect a < RESULT uuid=u1 body="1"
# The client had not seen its last SUBMIT acknowledged: it says it again, with its old number, and it is not executed again.
expect nothing
a > STATUS uuid=u1
expect a < STATUS state=done
