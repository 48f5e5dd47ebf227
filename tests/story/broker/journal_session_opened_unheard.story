# A session that has nothing is a new one to who comes back after the broker was started again: that it was opened may not have been heard. It was by who detached from it.
broker journal=1
the journal commits
a opens
a > HELLO role=client session=s1 boot=b1
expect a < WELCOME role=boss session=nil
b joins as client session=s2
b > SUBMIT uuid=u1 runtime=python body="f(1)"
c joins as client session=s3
c > DISCONNECT corr=1 detach=1
the journal commits
expect c < DISCONNECT corr=1
expect c is closed
the broker dies
a opens
a > HELLO role=client session=s1 boot=b1
expect a < WELCOME role=boss session=nil
b opens
b > HELLO role=client session=s2
expect b < WELCOME role=boss session=s2
c opens
c > HELLO role=client session=s3
expect c < WELCOME role=boss session=s3
