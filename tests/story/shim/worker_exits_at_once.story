# A worker that dies young again and again is started again with growing pauses, up to a bound, and the log says so.
shim workers=1 respawn_first=100 respawn_most=300 worker_young=10000
hide STARTED WAITING
boss joins as boss
worker 0 starts
worker 0 exits "exited with status 1"
expect log "exited with status 1"
expect nothing
after 99 ms
expect nothing
after 1 ms
expect worker 0 is spawned
worker 0 starts
worker 0 exits "exited with status 1"
after 199 ms
expect nothing
after 1 ms
expect worker 0 is spawned
worker 0 starts
worker 0 exits "exited with status 1"
after 299 ms
expect nothing
after 1 ms
expect worker 0 is spawned
worker 0 starts
worker 0 exits "exited with status 1"
after 299 ms
expect nothing
after 1 ms
expect worker 0 is spawned
