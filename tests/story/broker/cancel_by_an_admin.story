# CANCEL by an admin ends what others' task still has to do; its owner is told by ERROR CANCELLED, and keeps what was done.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1 remote=1
b joins as client session=s2 name="desk"
a > SUBMIT_BATCH uuid=u1 flags=1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="0"
expect a < RESULT uuid=u1 body="0"
b > CANCEL uuid=u1 corr=1
expect b < CANCEL corr=1 uuid=u1 state=running
expect a < ERROR code=CANCELLED uuid=u1 slot=1 text~"by the admin desk"
expect a < ERROR code=CANCELLED uuid=u1 slot=2
expect among m1 < CANCEL addresses=[(nil,M1,1)]
expect among m1 < CANCEL addresses=[(nil,M1,2)]
expect log "as client desk asks"
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="late"
expect nothing
a > STATUS uuid=u1
expect a < STATUS uuid=u1 state=cancelled total=3 done=1 failed=0 cancelled=2
expect counts cancelled=2 failed=0
b > CANCEL uuid=u1 corr=2
expect b < CANCEL corr=2 state=cancelled
b > CANCEL uuid=u9 corr=3
expect b < CANCEL corr=3 state=unknown
expect nothing
