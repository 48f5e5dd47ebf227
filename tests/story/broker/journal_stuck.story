# A journal that takes no new work: submits are BUSY, and the client is told why. What is here goes on.
broker journal=1 lines=1
the journal commits
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 runtime=python body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
the journal is stuck "there is no space left on the disk"
a > SUBMIT uuid=u2 runtime=python body="f(2)"
expect a < ERROR code=BUSY uuid=u2 text="the broker's journal takes no new work: there is no space left on the disk"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
the journal goes on
a > SUBMIT uuid=u2 runtime=python body="f(2)"
expect m1 < SUBMIT body="f(2)"
