# A boss that does not answer is followed by one of the same cluster, with the same epoch, after it was asked for a sign of life twice. One of another cluster is not, nor one of an epoch that is over.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200 host=7 cluster=c1 epoch=4
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is deaf
boss is silent
after 100 ms
other opens host=7
other > HELLO role=boss cluster=c2 epoch=5
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
old opens host=7
old > HELLO role=boss cluster=c1 epoch=3
expect old < ERROR code=REFUSED text~"the epoch 3 of this broker is over"
old is lost
next opens host=8
next > HELLO role=boss cluster=c1 epoch=4
expect next < ERROR code=REFUSED text~"which is alive"
next is lost
after 600 ms
next opens host=8
next > HELLO role=boss cluster=c1 epoch=4
expect next < ERROR code=REFUSED text~"which is alive"
next is lost
after 600 ms
next joins as boss lower=300 upper=400 host=8 cluster=c1 epoch=4
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 1000 ms
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(2)"
expect w2 < SUBMIT body="f(2)"
