# SIGTERM ends this shim only: it leaves its boss, and ends its workers.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
after 200 ms
terminate
expect w1 < SHUTDOWN
expect boss < DISCONNECT
# the edge sends this out, ends the workers' processes and then its own
expect exit 0
