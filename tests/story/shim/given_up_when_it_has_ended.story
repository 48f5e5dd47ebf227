# A worker that the boss gives up is not killed when its process has ended already, of a signal that this shim may get as well.
shim workers=1
boss joins as boss
expect boss < STARTED
w0 joins as worker in slot 0
expect boss < STARTED
expect boss < WAITING
worker 0 exits "was killed by signal 15 (Terminated)"
boss > EMPLOYEE_LOST ranges=[(w0,endw0)]
expect w0 is closed
expect boss < EMPLOYEE_LOST
expect boss < STARTED
expect boss < WAITING
expect nothing
after 1200 ms
expect worker 0 is spawned
