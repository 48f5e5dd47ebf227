# A manager that dials in on a new link is the same one only if its key is too: who has another key cannot end it by naming its boot.
broker lines=1
m1 joins as manager boot=b1 key=manager:m1
m2 joins as manager boot=b1 key=manager:m2
expect counts employees=2 workers=2
m3 joins as manager boot=b1 key=manager:m1
expect m1 is closed
expect counts employees=2 workers=2
