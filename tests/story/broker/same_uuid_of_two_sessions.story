# Two sessions may use the same uuid; each gets its own result.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 flags=1 body="a"
expect m1 < SUBMIT return_address=(nil,M1,0) body="a"
b > SUBMIT uuid=u1 flags=1 body="b"
expect m1 < SUBMIT return_address=(nil,M2,0) body="b"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="for b"
expect b < RESULT uuid=u1 body="for b"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="for a"
expect a < RESULT uuid=u1 body="for a"
