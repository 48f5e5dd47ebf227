# A worker has nobody below it that it could lose.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > EMPLOYEE_LOST ranges=[(w1,endw1)]
expect w1 < ERROR code=UNEXPECTED text~"EMPLOYEE_LOST"
expect worker 0 is killed
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect counts misbehaved=1
