# A client that is away when an admin cancels its task hears of it when it is back, and once.
broker lines=1
m1 joins as manager on line 0 workers=4
a joins as client session=s1 remote=1
b joins as client session=s2 name="desk"
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
b > CANCEL uuid=u1
b > CANCEL uuid=u2
expect b < CANCEL uuid=u1 state=running
expect b < CANCEL uuid=u2 state=running
expect among m1 < CANCEL addresses=[(nil,M1,0)]
expect among m1 < CANCEL addresses=[(nil,M2,0)]
c opens
c > HELLO role=client session=s1
expect c < WELCOME session=s1
expect c < ERROR code=CANCELLED uuid=u1 slot=0
c > REQUEST uuid=u2 corr=5
expect c < ERROR code=CANCELLED uuid=u2 corr=5
after 200 ms
c > STATUS uuid=u1
expect c < STATUS uuid=u1 state=cancelled
c > REQUEST uuid=u1 corr=6
expect c < ERROR code=CANCELLED uuid=u1 corr=6
expect nothing
