# Another process shakes hands with a session's token: it has the session from then on, and the first one is told so. Mail of the older connection is nobody's.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1 peer_boot=nil
expect a < ERROR code=TAKEN text~"token"
expect a is closed
expect counts clients=1 absent=0 tasks=1
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect b < RESULT uuid=u1 body="1"
after 200 ms
# the first one may take it back: the newest handshake owns the session
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1
expect b < ERROR code=TAKEN
expect b is closed
a > STATUS uuid=u1
expect a < STATUS state=done
