# Mail before the handshake is answered and never executed. After 8 answers there is silence.
broker lines=1
m1 joins as manager on line 0
b joins as client session=s2
b > SUBMIT uuid=u2 flags=1 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a opens
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
expect a < ERROR code=NO_HANDSHAKE seq=0 text~"no handshake holds on this connection: say HELLO first; if one did"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
a >> SUBMIT uuid=u1 seq=1 body="f(1)"
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect a < ERROR code=NO_HANDSHAKE
expect nothing
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
expect b < RESULT uuid=u2 body="2"
