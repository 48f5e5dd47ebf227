# A worker that connects and gives no name is called so.
shim workers=1 only_connect=1
hide STARTED WAITING
boss joins as boss
w1 opens for workers
w1 > HELLO role=worker name=""
expect w1 < WELCOME
expect w1 < CONNECT
w1 > STARTED total_workers=1
expect log "worker (no name) has started (1 workers)"
