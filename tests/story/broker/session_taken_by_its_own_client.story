# A client that begins a new link before the broker has missed the old one goes on with its session: what it had is sent on the new link.
broker lines=1
m1 joins as manager on line 0
a opens
a > HELLO role=client session=s1 link=l1 boot=b1
expect a < WELCOME session=nil
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is deaf
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect nothing
c opens
c > HELLO role=client session=s1 link=l2 boot=b1
expect c < WELCOME session=s1 peer_boot=nil
expect c < RESULT uuid=u1 body="1"
expect a is closed
after 200 ms
# and so it does when it gives the link its old name, which the broker knows
d opens
d > HELLO role=client session=s1 link=l2 boot=b1
expect d < WELCOME session=s1 peer_boot=nil
expect c is closed
d > STATUS uuid=u1
expect d < STATUS state=done
