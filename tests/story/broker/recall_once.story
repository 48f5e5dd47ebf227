# Who was asked for tasks of a runtime is not asked again before it has given some, got some, or somebody with another runtime is idle.
broker lines=3
m1 joins as manager on line 0 idle=1 room=2
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0 runtimes=bqskit
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > WAITING idle=0 room=0 queued=1
m2 > WAITING idle=1 room=1
expect m1 < RECALL count=1 runtimes=[python]
m2 > WAITING idle=1 room=1
m1 > WAITING idle=0 room=0 queued=2
expect nothing
m3 > WAITING idle=1 room=1
expect m1 < RECALL count=2
m3 > WAITING idle=1 room=1
expect nothing
# it has none that it could give, and takes one more
m2 > WAITING idle=0 room=0
m3 > WAITING idle=0 room=0
m1 > WAITING idle=0 room=1 queued=1
a > SUBMIT uuid=u3 body="f(3)"
expect m1 < SUBMIT return_address=(nil,M3,0)
m1 > WAITING idle=0 room=0 queued=2
m2 > WAITING idle=1 room=1
expect m1 < RECALL count=1 runtimes=[python]
