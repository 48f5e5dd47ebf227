# A worker that cannot even be started is tried again after a pause, and the log says why.
shim workers=1 respawn_first=100 respawn_most=1000
hide STARTED WAITING
boss joins as boss
expect worker 0 is spawned
worker 0 exits "cannot be started: no such file"
expect log "no such file"
