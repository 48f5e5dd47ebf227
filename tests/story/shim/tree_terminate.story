# SIGTERM to a manager of managers ends it alone: the managers below wait for the next boss.
shim lines=1
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 workers=1
after 200 ms
terminate
expect m1 < DISCONNECT
expect boss < DISCONNECT
expect exit 0
