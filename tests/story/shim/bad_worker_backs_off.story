# A worker that breaks the protocol as soon as it is up is replaced with growing pauses, like one that dies: it must not keep the machine busy.
shim workers=1 respawn_first=100 respawn_most=1000 worker_young=10000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > STATUS uuid=u1
expect w1 < ERROR code=UNEXPECTED
expect w1 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
worker 0 exits "was killed by signal 9 (Killed)"
expect log "100 ms"
after 99 ms
expect nothing
after 1 ms
expect worker 0 is spawned
w2 joins as worker in slot 0
w2 > STATUS uuid=u1
expect w2 < ERROR code=UNEXPECTED
expect w2 is closed
expect worker 0 is killed
expect boss < EMPLOYEE_LOST ranges=[(w2,endw2)]
worker 0 exits "was killed by signal 9 (Killed)"
after 199 ms
expect nothing
after 1 ms
expect worker 0 is spawned
