# A process that resumes a session lists what there is, and fetches what it finds done.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=2 name="square" body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
after 60000 ms
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1
b > LIST corr=1
expect b < LIST corr=1 more=0 tasks=[{uuid=u1 name="square" state=done total=1 ended=1 attempts=1 age=60000 client=""}]
b > REQUEST uuid=u1 slot=nil
expect b < RESULT uuid=u1 body="1"
