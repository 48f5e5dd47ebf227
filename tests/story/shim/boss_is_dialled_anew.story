# A boss that ends is dialled again, and the next one begins anew: workers with ids of the old one are replaced.
shim workers=1 dials=1 redial=1000
hide STARTED WAITING
boss joins as boss on line 0
w1 joins as worker in slot 0
boss > DISCONNECT text="restarting"
expect boss is closed
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "was killed by signal 9 (Killed)"
after 101 ms
expect line 0 is dialled
next joins as boss on line 0 lower=500 upper=600
w2 joins as worker in slot 0
next > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w2 < SUBMIT return_address=(nil,7,0)
