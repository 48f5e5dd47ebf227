# LIST gives a session's tasks, the newest first, from the one behind `after` on, with state, attempts and age; those of other sessions are not in it.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
b joins as client session=s2
a > LIST corr=1
expect a < LIST corr=1 more=0 tasks=[]
a > SUBMIT uuid=u1 name="first" body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
after 1000 ms
b > SUBMIT uuid=u9 body="f(9)"
expect m1 < SUBMIT
a > SUBMIT_BATCH uuid=u2 name="map" bodies=["f(0)","f(1)"]
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
after 500 ms
a > SUBMIT uuid=u3 body="f(3)"
a > CANCEL uuid=u3
expect a < CANCEL
a > LIST corr=2
expect a < LIST corr=2 more=0 tasks=[{uuid=u3 name="" state=cancelled total=1 ended=1 attempts=0 age=0 client=""},{uuid=u2 name="map" state=running total=2 ended=0 attempts=1 age=500 client=""},{uuid=u1 name="first" state=done total=1 ended=1 attempts=1 age=1500 client=""}]
a > LIST corr=3 after=u2
expect a < LIST corr=3 after=u2 more=0 tasks=[{uuid=u1 name="first" state=done total=1 ended=1 attempts=1 age=1500 client=""}]
a > LIST corr=4 after=u1
expect a < LIST corr=4 more=0 tasks=[]
a > LIST corr=5 after=u8
expect a < ERROR code=UNKNOWN_TASK corr=5 uuid=u8
a > LIST corr=6 after=u9
expect a < ERROR code=NOT_OWNER corr=6 uuid=u9
