# The queued tasks of a client that is gone, and that nobody can come back for (features bit 1), wait behind everybody else's, from when its connection breaks; those of one that detached, or is back, do not.
broker lines=1 client_expiry=60000
m1 joins as manager on line 0 workers=1
hide LOG
a joins as client session=s1 features=2
b joins as client session=s2
a > SUBMIT uuid=u1 body="a(1)"
expect m1 < SUBMIT return_address=(nil,A1,0) body="a(1)"
a > SUBMIT uuid=u2 body="a(2)"
a > SUBMIT uuid=u3 body="a(3)"
b > SUBMIT uuid=u4 body="b(1)"
b > SUBMIT uuid=u5 body="b(2)"
b > SUBMIT uuid=u6 body="b(3)"
a is lost "it was killed"
expect nothing
m1 > RESULT return_address=(nil,A1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="b(1)" return_address=(nil,B1,0)
m1 > RESULT return_address=(nil,B1,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="b(2)" return_address=(nil,B2,0)
# it was only its connection
a comes back
m1 > RESULT return_address=(nil,B2,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="b(3)" return_address=(nil,B3,0)
m1 > RESULT return_address=(nil,B3,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="a(2)" return_address=(nil,A2,0)
b > SUBMIT uuid=u7 body="b(4)"
a > DISCONNECT detach=1 corr=1
expect a < DISCONNECT
expect a is closed
m1 > RESULT return_address=(nil,A2,0) completed_by=m1 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT body="a(3)" return_address=(nil,A3,0)
