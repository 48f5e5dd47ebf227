# What a manager says it has lost in one turn is told to each other manager once, as few ranges; to itself it is no news, nor to one that joins later.
broker lines=4
m1 joins as manager on line 0 workers=8
m2 joins as manager on line 1 workers=8
m3 joins as manager on line 2
after 0 ms
m1 > EMPLOYEE_LOST ranges=[(m1,m1+1)]
m1 > EMPLOYEE_LOST ranges=[(m1+1,m1+2),(m1+4,m1+5)]
m1 > EMPLOYEE_LOST ranges=[(m1+1,m1+2)]
m2 > EMPLOYEE_LOST ranges=[(m2,m2+1)]
m1 > EMPLOYEE_LOST ranges=[(m1+5,m1+6)]
expect m1 < EMPLOYEE_LOST ranges=[(m2,m2+1)]
expect m2 < EMPLOYEE_LOST ranges=[(m1,m1+2),(m1+4,m1+5),(m1+5,m1+6)]
expect m3 < EMPLOYEE_LOST ranges=[(m1,m1+2),(m1+4,m1+5),(m2,m2+1),(m1+5,m1+6)]
m4 joins as manager on line 3
expect nothing
