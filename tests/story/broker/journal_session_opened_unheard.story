# A session that has nothing is a new one to who comes back after the broker was started again: that it was opened may not have been heard.
broker journal=1
the journal commits
a opens
a > HELLO role=client session=s1 boot=b1
expect a < WELCOME role=boss session=nil
b joins as client session=s2
b > SUBMIT uuid=u1 runtime=python body="f(1)"
the journal commits
the broker dies
a opens
a > HELLO role=client session=s1 boot=b1
expect a < WELCOME role=boss session=nil
b opens
b > HELLO role=client session=s2
expect b < WELCOME role=boss session=s2
