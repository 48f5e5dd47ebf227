# A part that the tasks of a map begin with is kept once, sent to a manager once, before its first task, and taken back when the last one has ended; who knows of no parts gets whole bodies.
broker lines=2
m1 joins as manager on line 0 workers=2 idle=2 room=2 features=1
m2 joins as manager on line 1 workers=1 idle=1 room=1
a joins as client features=1
a > SHARE number=1 body="function "
a > SUBMIT_BATCH uuid=u1 shared=1 flags=1 bodies=["x","y",""]
a > UNSHARE number=1
expect m1 < SHARE number=1 body="function "
expect m1 < SUBMIT return_address=(nil,M1,0) shared=1 body="x"
expect m1 < SUBMIT return_address=(nil,M1,1) shared=1 body="y"
expect m2 < SUBMIT return_address=(nil,M1,2) body="function "
expect counts kept=1355
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
m2 > RESULT return_address=(nil,M1,2) completed_by=m2 body="3"
expect a < RESULT uuid=u1 body="3"
a > SHARE number=2 body="another "
a > SUBMIT uuid=u2 shared=2 flags=1 body="z"
m1 > WAITING idle=1 room=1
expect m1 < SHARE number=2 body="another "
expect m1 < SUBMIT return_address=(nil,M2,0) shared=2 body="z"
m1 > RESULT return_address=(nil,M1,1) completed_by=m1+1 body="2"
expect m1 < UNSHARE number=1
expect a < RESULT uuid=u1 body="2"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="4"
expect a < RESULT uuid=u2 body="4"
expect nothing
a > UNSHARE number=2
expect m1 < UNSHARE number=2
