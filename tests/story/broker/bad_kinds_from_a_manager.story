# What clients send, and what only a boss sends, is refused from a manager each time.
broker lines=4
m1 joins as manager on line 0
m1 > STATUS uuid=u1
expect m1 < ERROR code=UNEXPECTED text~"STATUS"
expect m1 is closed
m2 joins as manager on line 1
m2 > IMPORTPATH paths=["/tmp/evil"]
expect m2 < ERROR code=UNEXPECTED text~"IMPORTPATH"
expect m2 is closed
m3 joins as manager on line 2
m3 > CONNECT ranges=[(0,100)]
expect m3 < ERROR code=UNEXPECTED text~"CONNECT"
expect m3 is closed
m4 joins as manager on line 3
m4 > READY
expect m4 < ERROR code=UNEXPECTED text~"READY"
expect m4 is closed
