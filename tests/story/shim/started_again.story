# STARTED goes up again when there are more or fewer workers.
shim workers=2 prefetch=0
hide WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
expect boss < STARTED total_workers=0
expect boss < STARTED total_workers=1
expect boss < STARTED total_workers=2
worker 0 exits "exited with status 1"
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < STARTED total_workers=1
