# The role of its key says what a peer may be: a manager's key does not make a client, nor a client's key a manager.
broker lines=0
a opens key=manager:m1
a > HELLO role=client session=s1
expect a < ERROR code=REFUSED text~"the key m1 has the role manager"
b opens key=client:alice
b > HELLO role=manager ids=1
expect b < ERROR code=REFUSED text~"the key alice has the role client"
c opens key=worker:w1
c > HELLO role=client session=s1
expect c < ERROR code=REFUSED text~"the key w1 has the role worker"
d opens key=broker:other
d > HELLO role=manager ids=1
expect d < ERROR code=REFUSED text~"the key other has the role broker"
e joins as client session=s1 key=client:alice
expect log "client e joined (story, key alice)"
f joins as client session=s2 key=admin:root
m1 joins as manager workers=1 key=manager:m1
expect counts clients=2 workers=1
