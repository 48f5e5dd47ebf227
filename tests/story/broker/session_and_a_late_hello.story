# A client gave a connection up while its HELLO was still under way, and is here on a newer one: the late HELLO takes nothing from it.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0
a opens
a > HELLO role=client session=s1 link=l1 boot=b1 expiry=10000
expect a < WELCOME session=nil boot=B1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
b opens
b > HELLO role=client session=s1 link=l2 boot=b1 expiry=10000
expect b < WELCOME session=s1
c opens
c > HELLO role=client session=s1 link=l1 boot=b1 peer_boot=B1
expect c < ERROR code=NO_HANDSHAKE text~"newer"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect b < RESULT uuid=u1 body="1"
after 200 ms
# one that began a link of its own is late as well, which can't be seen: the living one is not told TAKEN, and comes back when it notices
d opens
d > HELLO role=client session=s1 link=l3 boot=b1 expiry=10000
expect d < WELCOME session=s1
expect b is closed
d is lost
e opens
e > HELLO role=client session=s1 link=l2 boot=b1 peer_boot=B1
expect e < WELCOME session=s1 peer_boot=nil
