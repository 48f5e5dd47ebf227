# A boss that sends what no boss sends is told so, and its link ends; the shim waits for the next.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > WAITING idle=1 room=1
expect boss < ERROR code=UNEXPECTED text~"WAITING"
expect boss is closed
# its ids go with it, and so does the worker that has one of them
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
