# A worker that had connected, and is being replaced, is not said to have never connected.
shim workers=1
hide STARTED WAITING
boss joins as boss lower=100 upper=200
w1 joins as worker in slot 0
after 70000 ms
boss > DISCONNECT text="bye"
expect w1 < DISCONNECT
expect w1 is closed
expect boss is closed
expect worker 0 is killed
expect no log "has not connected"
