# Ids that a worker here has, that wait here for one, or that are lost, are not given again: two workers with one id would get each other's mail.
shim workers=1
hide STARTED WAITING
boss joins as boss lower=100 upper=102
w1 joins as worker in slot 0
boss > CONNECT ranges=[(200,205),(204,300)]
expect boss < ERROR code=MALFORMED text="CONNECT: the ids 204 to 299 overlap ids that were given before"
expect boss is closed
# its ids go with it, and so does the worker that has one of them
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
worker 0 exits "exited with status 0"
expect worker 0 is spawned
next joins as boss lower=100 upper=101
w2 joins as worker in slot 0
next > CONNECT ranges=[(100,101)]
expect next < ERROR code=MALFORMED text~"ids 100 to 100"
expect next is closed
expect w2 < DISCONNECT
expect w2 is closed
expect worker 0 is killed
worker 0 exits "exited with status 0"
expect worker 0 is spawned
third joins as boss lower=100 upper=101
w3 joins as worker in slot 0
third > EMPLOYEE_LOST ranges=[(40,50)]
third > CONNECT ranges=[(49,60)]
expect third < ERROR code=MALFORMED text~"ids 49 to 59"
expect third is closed
expect w3 < DISCONNECT
expect w3 is closed
expect worker 0 is killed
