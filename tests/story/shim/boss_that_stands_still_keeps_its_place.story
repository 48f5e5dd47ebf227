# A boss that stands still keeps its manager until its link is over: nobody who merely knocks gets its place, be it on the same host.
shim workers=1 heartbeat=1000 expiry=20000
hide STARTED WAITING
boss joins as boss lower=100 upper=200 host=7
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is deaf
boss is silent
after 1500 ms
other opens host=7
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
after 5000 ms
expect boss is closed
other opens host=7
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
other opens host=7 key=broker:other
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
after 13000 ms
after 10000 ms
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 1000 ms
other joins as boss lower=300 upper=400 host=7
w2 joins as worker in slot 0
