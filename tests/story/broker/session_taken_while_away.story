# A client whose session was taken over while it had no connection is told so when it is back; it does not take the session back unawares.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0
a opens
a > HELLO role=client session=s1 link=l1 boot=b1 expiry=10000
expect a < WELCOME session=nil boot=B1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
after 1000 ms
b opens
b > HELLO role=client session=s1
expect b < WELCOME session=s1 peer_boot=nil
c opens
c > HELLO role=client session=s1 link=l1 boot=b1 peer_boot=B1
expect c < ERROR code=TAKEN text~"token"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect b < RESULT uuid=u1 body="1"
after 200 ms
# to take it back it says so: it begins a new link
d opens
d > HELLO role=client session=s1 link=l2 boot=b1
expect d < WELCOME session=s1
expect b < ERROR code=TAKEN
expect b is closed
