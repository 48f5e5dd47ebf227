# A boss that was killed comes back as a new process: another boot, from the same host. Its connection was closed: it is taken at once. What
# the old one gave is dropped, and the workers are replaced.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200 host=7
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is lost
other opens host=8
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"whose link is not over"
other is lost
next joins as boss lower=300 upper=400 host=7
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 1000 ms
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(2)"
expect w2 < SUBMIT body="f(2)"
