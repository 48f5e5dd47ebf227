# What is asked costs what its answer does: who asks for the numbers again and again gets a few of them in a turn, and others are heard meanwhile.
broker work=256
a joins as client session=s1
b joins as client session=s2
a > COUNTS corr=1
a > COUNTS corr=2
a > COUNTS corr=3
b > STATUS uuid=u1 corr=4
expect a < COUNTS corr=1
expect b < STATUS corr=4
expect nothing
turn
expect a < COUNTS corr=2
expect nothing
after 0 ms
expect a < COUNTS corr=3
