# A name's new address is dialled like any line; an address that the name has no more keeps its connection, is not dialled again when that breaks, and is forgotten with its link.
broker redial=1000 expiry=5000
line 3 is found "node:7473 at 10.0.0.3"
expect line 3 is dialled
m1 joins as manager on line 3
expect log "manager node:7473 at 10.0.0.3 (m1, story) is connected"
line 3 is missed
expect nothing
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT body="f(1)"
m1 > RESULT return_address=(nil,1000,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
m1 is lost "reset"
after 4999 ms
expect nothing
after 2 ms
expect line 3 is forgotten
expect counts employees=0
line 3 is found "node:7473 at 10.0.0.4"
expect line 3 is dialled
