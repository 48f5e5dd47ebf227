# SHUTDOWN from above goes down the tree.
shim lines=2
hide STARTED WAITING
boss joins as boss
m1 joins as manager on line 0 workers=1
m2 joins as manager on line 1 workers=1
boss > SHUTDOWN text="enough"
expect m1 < SHUTDOWN
expect m2 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
