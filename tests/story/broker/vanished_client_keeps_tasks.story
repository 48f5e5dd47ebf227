# A client that vanishes keeps its tasks for the time of its lease, which begins when its link has expired. After that they are cancelled.
broker lines=1 client_expiry=60000 lease=3600000
m1 joins as manager on line 0
a joins as client session=s1 expiry=60000
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
expect nothing
after 3659000 ms
expect nothing
after 2000 ms
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect log "lease is over"
expect counts clients=0 absent=0 jobs=0 kept=0
# The session is gone with it.
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=nil
b > STATUS uuid=u1
expect b < STATUS state=unknown
