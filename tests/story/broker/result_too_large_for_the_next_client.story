# A result that came while the client was absent, and is above what its next process accepts, is an error of that task.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*1001
b opens
b > HELLO role=client session=s1 max_body=1000
expect b < WELCOME session=s1
expect b < ERROR code=TOO_LARGE uuid=u1 slot=0
b > STATUS uuid=u1
expect b < STATUS state=failed failed=1 done=0
expect counts finished=0 failed=1 kept=128
