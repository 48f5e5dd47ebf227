# A client that detaches leaves its tasks to run; another process with its token finds them, and fetches what came meanwhile.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a > DISCONNECT corr=9 detach=1
expect a < DISCONNECT corr=9
expect a is closed
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1+1 body="2"
expect nothing
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1
# what is to be delivered comes by itself, once; the other one when it is asked for
expect b < RESULT uuid=u2 return_address=(nil,M2,0) completed_by=m1+1 body="2"
expect nothing
b > REQUEST uuid=u1
expect b < RESULT uuid=u1 body="1"
after 200 ms
expect counts kept=256
