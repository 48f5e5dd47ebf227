# A boss that reads nothing while more waits for it than may is given up after the expiry of links; the manager is there for the next one.
shim workers=1 queue=1000 expiry=10000
hide STARTED WAITING
boss joins as boss window=2500
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w1 < SUBMIT
boss is silent
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="1"*2000
expect boss < RESULT
w1 > WAITING idle=1 room=1
expect w1 < SUBMIT
w1 > RESULT return_address=(nil,2,0) completed_by=w1 body="2"*2000
expect nothing
after 9999 ms
expect nothing
after 1 ms
expect boss < ERROR code=BUSY seq=0 text~"boss-links/max-queue"
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
other opens
other > HELLO role=boss
expect other < WELCOME role=manager peer_boot=nil
