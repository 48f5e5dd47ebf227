# SHUTDOWN from the boss ends the workers and then the shim. (Manager.handle_shutdown)
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SHUTDOWN text="enough"
expect w1 < SHUTDOWN
expect boss < DISCONNECT
# the edge sends this out, ends the workers' processes and then its own
expect exit 0
