# A worker that lived for long before it died is replaced after the shortest pause, whatever its predecessors did.
shim workers=1 respawn_first=100 respawn_most=10000 worker_young=10000
hide STARTED WAITING
boss joins as boss
worker 0 starts
worker 0 exits "exited with status 1"
after 100 ms
worker 0 starts
worker 0 exits "exited with status 1"
after 200 ms
w1 joins as worker in slot 0
after 20000 ms
worker 0 exits "was killed by signal 9 (Killed)"
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
after 99 ms
expect nothing
after 1 ms
expect worker 0 is spawned
