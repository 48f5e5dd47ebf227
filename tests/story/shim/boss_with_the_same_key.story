# A boss that does not answer is followed by one with the same key, after it was asked for a sign of life twice; a boss with another key is not.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200 host=7 key=broker:one
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is deaf
boss is silent
after 100 ms
other opens host=7 key=broker:two
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
next opens host=8 key=broker:one
next > HELLO role=boss
expect next < ERROR code=REFUSED text~"which is alive"
next is lost
after 600 ms
next opens host=8 key=broker:one
next > HELLO role=boss
expect next < ERROR code=REFUSED text~"which is alive"
next is lost
after 600 ms
next joins as boss lower=300 upper=400 host=8 key=broker:one
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 1000 ms
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(2)"
expect w2 < SUBMIT body="f(2)"
