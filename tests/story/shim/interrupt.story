# SIGINT ends the workers, and the boss is told that this manager leaves.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
interrupt
expect w1 < SHUTDOWN
expect boss < DISCONNECT
# the edge sends this out, ends the workers' processes and then its own
expect exit 0
