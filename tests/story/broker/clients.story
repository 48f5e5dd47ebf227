# CLIENTS gives an admin the sessions, the newest first: whose they are, whether the client is there, tasks, and bytes kept.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1 name="lab-a" remote=1
b joins as client session=s2 name="lab-b" remote=1
a > SUBMIT uuid=u1 flags=2 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT_BATCH uuid=u2 bodies=["f(0)","f(1)"]
expect m1 < SUBMIT
expect m1 < SUBMIT
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="one"
b > DISCONNECT detach=1
expect b < DISCONNECT
expect b is closed
after 60000 ms
c joins as client session=s3 name="desk"
c > CLIENTS corr=1
expect c < CLIENTS corr=1 clients=[{name="desk" key="" state=0 tasks=0 submitted=0 ended=0 bytes=0 away=0},{name="lab-b" key="" state=1 tasks=0 submitted=0 ended=0 bytes=0 away=60000},{name="lab-a" key="" state=0 tasks=2 submitted=3 ended=1 bytes=1067 away=0}]
a > DISCONNECT detach=0
expect a < DISCONNECT
expect m1 < CANCEL
expect m1 < CANCEL
expect a is closed
d joins as client session=s4 name="late" remote=1 key=client:alice
c > CLIENTS corr=2
expect c < CLIENTS corr=2 clients=[{name="late" key="alice" state=0 tasks=0 submitted=0 ended=0 bytes=0 away=0},{name="desk" key="" state=0 tasks=0 submitted=0 ended=0 bytes=0 away=0},{name="lab-b" key="" state=1 tasks=0 submitted=0 ended=0 bytes=0 away=60000}]
