# A link goes on only with the key that it was made with, whatever else the newcomer knows of it; its owner is not touched.
broker lines=1
m1 joins as manager on line 0 key=manager:m1
a opens key=client:alice
a > HELLO role=client session=s1 link=l1 boot=b1
expect a < WELCOME boot=B1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b opens key=client:bob
b > HELLO role=client session=s1 link=l1 boot=b1 peer_boot=B1
expect b < ERROR code=REFUSED text~"another key"
c opens key=client:bob
c > HELLO role=client session=s1 link=l1 boot=b1
expect c < ERROR code=REFUSED text~"another key"
turn
a is lost
a comes back
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
