# A worker has nobody below it to lose; a manager only its own: who says otherwise is dropped.
shim lines=2
hide STARTED WAITING
boss joins as boss lower=100 upper=200
m1 joins as manager on line 0 workers=2
m2 joins as manager on line 1 workers=2
m1 > EMPLOYEE_LOST ranges=[(m1,m2+1)]
expect m1 < ERROR code=MALFORMED text~"EMPLOYEE_LOST"
expect m1 is closed
expect counts misbehaved=1 employees=1
