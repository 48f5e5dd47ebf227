# A body above 256 KiB travels in pieces; its task and its result come whole.
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
show CHUNK
a > SUBMIT uuid=u1 flags=1 body="x"*600000
expect m1 < CHUNK length=600000
expect m1 < CHUNK length=600000
expect m1 < SUBMIT return_address=(nil,M1,0) body="x"*600000
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="y"*300000
expect a < CHUNK length=300000
expect a < RESULT uuid=u1 body="y"*300000
