# A manager is let keep so much of what it was sent to share: for a further part it gives up the one that was used last longest ago, and is sent that anew when a task begins with it again.
broker lines=1 parts=20
m1 joins as manager on line 0 workers=1 idle=1 room=1 features=1
a joins as client features=1
a > SHARE number=1 body="first part"
a > SUBMIT_BATCH uuid=u1 shared=1 bodies=["1","2","3"]
a > SHARE number=2 body="second"
a > SUBMIT uuid=u2 shared=2 priority=200 body="x"
a > SHARE number=3 body="third"
a > SUBMIT uuid=u3 shared=3 priority=100 body="y"
expect m1 < SHARE number=1 body="second"
expect m1 < SUBMIT uuid=nil shared=1 body="x"
m1 > WAITING idle=1 room=1
expect m1 < SHARE number=2 body="first part"
expect m1 < SUBMIT shared=2 body="1"
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT shared=2 body="2"
m1 > WAITING idle=1 room=2
expect m1 < SUBMIT shared=2 body="3"
expect m1 < UNSHARE number=1
expect m1 < SHARE number=3 body="third"
expect m1 < SUBMIT shared=3 body="y"
m1 > RETURN reason=0 addresses=[(nil,1001,0)]
m1 > WAITING idle=1 room=1
expect m1 < UNSHARE number=2
expect m1 < SHARE number=4 body="second"
expect m1 < SUBMIT shared=4 body="x"
