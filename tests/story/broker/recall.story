# One manager has tasks queued, another has an idle worker: they are recalled, returned without an attempt and given to the idle one, once.
broker lines=2
m1 joins as manager on line 0 idle=1 room=3
a joins as client session=s1
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > WAITING idle=0 room=0 queued=2
expect nothing
m2 joins as manager on line 1
expect m1 < RECALL count=1 runtimes=[python]
m1 > RETURN reason=0 addresses=[(nil,M1,1)]
m1 > WAITING idle=0 room=1 queued=1
expect m2 < SUBMIT return_address=(nil,M1,1) attempt=0 body="f(1)"
expect nothing
# the next idle worker asks anew
m2 > RESULT return_address=(nil,M1,1) completed_by=m2 body="1"
m2 > WAITING idle=1 room=1
expect m1 < CANCEL addresses=[(nil,M1,1)]
expect m1 < RECALL count=1 runtimes=[python]
m1 > RETURN reason=0 addresses=[(nil,M1,2)]
m1 > WAITING idle=0 room=2 queued=0
expect m2 < SUBMIT return_address=(nil,M1,2) attempt=0 body="f(2)"
m2 > WAITING idle=1 room=1
expect nothing
expect counts discarded=0
