# A client that does not read loses its log records first, and is told how many when it reads again; its results wait.
broker lines=1 client_queue=1000
m1 joins as manager on line 0 workers=2
a joins as client session=s1 window=500
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is silent
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="first" body="x"*600
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="second" body="x"*1200
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="third" body="x"*600
m1 > LOG task=(nil,M1,0) root=(nil,M1,0) level=20 logger="x" text="fourth" body="x"*600
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < LOG text="first"
after 1000 ms
expect nothing
a >> ACK
expect a < LOG text="second"
a >> ACK
expect a < RESULT uuid=u1
after 1000 ms
expect a < LOG level=30 logger="mailroom" text~"log records were dropped (setting client-links/max-queue)"
