# A manager that has given the connection up while the broker stood still says so to what comes on it: the broker dials again, and the link goes on.
broker lines=1 redial=1000
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 >> ERROR code=11 text="mail before the handshake: send HELLO first" seq=0 ack=0
expect m1 is closed
expect log "mail before the handshake"
after 1000 ms
expect line 0 is dialled
m1 comes back on line 0
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
a > REQUEST uuid=u1 corr=7
expect a < RESULT uuid=u1 body="1"
