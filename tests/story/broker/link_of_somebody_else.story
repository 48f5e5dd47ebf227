# Who names the link of another process is refused; the owner of the link is not touched.
broker lines=1
m1 joins as manager on line 0
a opens
a > HELLO role=client session=s1 link=l1 boot=b1
expect a < WELCOME boot=B1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b opens
b > HELLO role=client session=s2 link=l1 boot=b2 peer_boot=B1
expect b < ERROR code=REFUSED text~"another process"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
