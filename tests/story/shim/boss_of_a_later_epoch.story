# A broker of the same cluster and of a later epoch has the cluster's journal: it is followed at once, though the boss before it is alive. That one is refused from then on, also when the later one is gone.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200 host=7 cluster=c1 epoch=4
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
next joins as boss lower=300 upper=400 host=8 cluster=c1 epoch=5
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
old opens host=7
old > HELLO role=boss cluster=c1 epoch=4
expect old < ERROR code=REFUSED text~"the epoch 4 of this broker is over: one of the same cluster, of epoch 5"
old is lost
next > DISCONNECT text="restarting"
expect next is closed
old opens host=7
old > HELLO role=boss cluster=c1 epoch=4
expect old < ERROR code=REFUSED text~"the epoch 4 of this broker is over"
old is lost
again joins as boss lower=500 upper=600 host=8 cluster=c1 epoch=5
