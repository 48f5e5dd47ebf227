# A task that was lost begins with its part for the next manager too, and a link that goes on needs no part again, a new one does.
broker lines=2
m1 joins as manager on line 0 features=1
a joins as client session=s1 features=1
a > SHARE number=7 body="function "
a > SUBMIT uuid=u1 shared=7 body="x"
a > UNSHARE number=7
expect m1 < SHARE number=1 body="function "
expect m1 < SUBMIT return_address=(nil,M1,0) shared=1 body="x"
m2 joins as manager on line 1 features=1
m1 > DISCONNECT
expect m1 is closed
expect m2 < EMPLOYEE_LOST
expect a < LOG
expect m2 < SHARE number=1 body="function "
expect m2 < SUBMIT return_address=(nil,M1,0) attempt=1 shared=1 body="x"
m2 is lost
after 1000 ms
m2 comes back on line 1
a > SHARE number=8 body="another "
m2 > RESULT return_address=(nil,M1,0) completed_by=m2 body="1"
expect m2 < UNSHARE number=1
m2 > WAITING idle=1 room=1
a > SUBMIT uuid=u2 shared=8 body="y"
expect m2 < SHARE number=2 body="another "
expect m2 < SUBMIT return_address=(nil,M2,0) shared=2 body="y"
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
m2 > RETURN reason=0 addresses=[(nil,M2,0)]
m2 > WAITING idle=1 room=1
expect m2 < SUBMIT return_address=(nil,M2,0) shared=2 body="y"
m2 > RESULT return_address=(nil,M2,0) completed_by=m2 body="2"
expect m2 < UNSHARE number=2
