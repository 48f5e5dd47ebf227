# A process that runs but never shakes hands is no worker: the log says so once, and what to do.
shim workers=1 worker_silent=60000
expect worker 0 is spawned
worker 0 starts
after 59000 ms
expect nothing
after 1000 ms
expect log "worker w0.1 has not connected for 60000 ms (setting respawn/silent)"
after 60000 ms
expect nothing
