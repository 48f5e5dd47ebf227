# With `all` an admin sees the tasks of all sessions, session by session; with the answer's `all` and its last uuid it goes on where the answer ended.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1 name="lab-a" remote=1
e joins as client session=s5 name="empty" remote=1
b joins as client session=s2 name="lab-b" remote=1
a > SUBMIT uuid=u1 name="first" body="f(1)"
expect m1 < SUBMIT
a > SUBMIT uuid=u2 name="second" body="f(1)"
expect m1 < SUBMIT
b > SUBMIT uuid=u1 name="same uuid" body="f(2)"
expect m1 < SUBMIT
c joins as client session=s3 name="desk"
c > LIST corr=1
expect c < LIST corr=1 tasks=[] all=0
c > LIST corr=2 all=1
expect c < LIST corr=2 more=0 tasks=[{uuid=u1 name="same uuid" state=running total=1 ended=0 attempts=1 age=0 client="lab-b"},{uuid=u2 name="second" state=running total=1 ended=0 attempts=1 age=0 client="lab-a"},{uuid=u1 name="first" state=running total=1 ended=0 attempts=1 age=0 client="lab-a"}] all=S1
c > LIST corr=3 all=S1 after=u2
expect c < LIST corr=3 more=0 tasks=[{uuid=u1 name="first" state=running total=1 ended=0 attempts=1 age=0 client="lab-a"}] all=S1
c > LIST corr=4 all=S1 after=u1
expect c < LIST corr=4 more=0 tasks=[] all=S1
c > LIST corr=5 all=1 after=u2
expect c < LIST corr=5 more=0 tasks=[{uuid=u1 name="first" state=running total=1 ended=0 attempts=1 age=0 client="lab-a"}]
c > LIST corr=6 all=1 after=u9
expect c < ERROR code=UNKNOWN_TASK corr=6 uuid=u9
c > LIST corr=7 all=99 after=u1
expect c < ERROR code=UNKNOWN_TASK corr=7 uuid=u1
