# HOLDS is a manager's first word, and names what may be its own.
broker journal=1
the journal commits
m1 joins as manager workers=2
m1 > HOLDS more=0
expect m1 < ERROR code=UNEXPECTED text~"HOLDS: it is said once"
expect m1 is closed
m2 opens
m2 > HELLO role=manager ids=2 features=560
expect m2 < WELCOME
m2 > HOLDS tasks=[(nil,1,0)] roots=[(nil,1,0)] more=0
expect m2 < ERROR code=MALFORMED text~"of a manager that has no ids"
expect m2 is closed
m3 opens
m3 > HELLO role=manager ids=2 features=560
expect m3 < WELCOME
m3 > HOLDS tasks=[(nil,1,0)] more=0
expect m3 < ERROR code=MALFORMED text~"one for each task"
expect m3 is closed
