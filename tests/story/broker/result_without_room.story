# Near the bound on all that is kept, a result of the user who has most is not kept: its task fails. Small ones, and those of others, are.
broker lines=1 max_memory=100000 max_session_bytes=95000
m1 joins as manager on line 0 workers=9 room=9
a joins as client host=1
b joins as client host=2
a > SUBMIT uuid=u1 body="1" flags=1
a > SUBMIT uuid=u2 body="2" flags=1
a > SUBMIT uuid=u3 body="3" flags=1
b > SUBMIT uuid=u4 body="4" flags=1
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0) body="1"
expect m1 < SUBMIT return_address=(nil,M4,0) body="4"
expect m1 < SUBMIT return_address=(nil,M2,0) body="2"
expect m1 < SUBMIT return_address=(nil,M3,0) body="3"
a is silent
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*80000
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="r"*15000
expect a < RESULT
expect a < ERROR code=TOO_LARGE uuid=u2 text~"limits/memory"
m1 > RESULT return_address=(nil,M3,0) completed_by=m1 body="small"
expect a < RESULT body="small"
m1 > RESULT return_address=(nil,M4,0) completed_by=m1 body="r"*9000
expect b < RESULT
