# A boss that was killed comes back as a new process: another boot. While the old one may be alive it is refused, and the old one is asked for a
# sign of life, twice. When half a second has brought none it is taken: what the old one gave is dropped, and the workers are replaced.
shim workers=1 respawn_first=100
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is deaf
boss is silent
after 1000 ms
next opens
next > HELLO role=boss
expect next < ERROR code=REFUSED text~"another boss"
next is lost
after 600 ms
next opens
next > HELLO role=boss
expect next < ERROR code=REFUSED text~"another boss"
next is lost
after 600 ms
next joins as boss lower=300 upper=400
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 1000 ms
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(2)"
expect w2 < SUBMIT body="f(2)"
