# When the shim has said good-bye it does nothing more: no worker is started again.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
interrupt
expect w1 < SHUTDOWN
expect boss < DISCONNECT
expect exit 0
worker 0 exits "exited with status 0"
boss is lost
after 100000 ms
expect nothing
