# A manager that asks for no ids, or for more than there can be, is dropped.
broker lines=2
m1 joins as manager on line 0
m1 > IDS count=0
expect m1 < ERROR code=TOO_LARGE text~"IDS"
expect m1 is closed
m2 joins as manager on line 1
m2 > IDS count=2000000000
expect m2 < ERROR code=TOO_LARGE text~"IDS"
expect m2 is closed
