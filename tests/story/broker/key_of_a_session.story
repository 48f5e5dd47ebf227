# A session is resumed only with the key that began it: its token alone is not enough. An admin may have any, and it stays its owner's.
broker lines=1
m1 joins as manager on line 0 key=manager:m1
a joins as client session=s1 key=client:alice
a > SUBMIT uuid=u1 flags=3 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
after 200 ms
a is lost
b opens key=client:bob
b > HELLO role=client session=s1
expect b < ERROR code=NOT_OWNER text~"another key"
c opens remote=1
c > HELLO role=client session=s1
expect c < ERROR code=NOT_OWNER
d opens key=admin:root
d > HELLO role=client session=s1
expect d < WELCOME session=s1
d > STATUS corr=2 uuid=u1
expect d < STATUS state=done
h opens key=client:bob
h > HELLO role=client session=s1
expect h < ERROR code=NOT_OWNER
e joins as client session=s1 key=client:alice
expect d < ERROR code=TAKEN
expect d is closed
e > REQUEST uuid=u1
expect e < RESULT uuid=u1 body="1"
expect counts clients=1 absent=0
