# Boss and shim dial each other at once: the link that the shim has first is kept, the other one is ended.
shim workers=0 dials=1 redial=1000
hide STARTED WAITING
expect line 0 is dialled
boss opens on line 0
expect boss < HELLO role=manager
other joins as boss
expect boss is closed
boss opens
boss > HELLO role=boss
expect boss < ERROR code=REFUSED
after 5000 ms
expect nothing
