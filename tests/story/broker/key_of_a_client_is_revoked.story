# A client whose key is let in no more is gone at once, and its sessions with it: those too whose clients are away. Their tasks are cancelled, and nobody else notices. With the key back in the table it begins anew.
broker lines=1 lease=60000
m1 joins as manager on line 0 workers=2 key=manager:m1
a joins as client session=s1 key=client:alice
b joins as client session=s2 key=client:bob
c joins as client session=s3 key=client:alice
d opens key=client:alice
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
turn
c is lost
d >> STATUS uuid=u1
expect d < ERROR code=NO_HANDSHAKE
key client:alice is revoked
expect a is closed
expect d is closed
expect log "key is not let in any more"
expect m1 < CANCEL root=(nil,M1,0)
expect counts clients=1 absent=0 tasks=1
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT uuid=u2
a opens key=client:alice
a > HELLO role=client session=s1
expect a < WELCOME session=nil
