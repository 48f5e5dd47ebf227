# Rubbish, a header cut short, too many frames and another version, from strangers: each is told, and the work goes on.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
x opens
x sends text="GET / HTTP/1.1"
expect x < ERROR code=MALFORMED seq=0
y opens
y >> SUBMIT return_address=(nil,9,0) seq=1 body="f(9)"
expect y < ERROR code=NO_HANDSHAKE seq=0
y > HELLO role=boss cut=2
expect y < ERROR code=MALFORMED seq=0
y sends frames=0
expect y < ERROR code=MALFORMED seq=0
y > HELLO role=boss frames=3
expect y < ERROR code=MALFORMED seq=0
y > HELLO role=boss version=2
expect y < ERROR code=BAD_VERSION seq=0
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
expect boss < RESULT return_address=(nil,7,0)
