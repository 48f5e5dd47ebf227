# A manager that the broker has dialled is served once: when the same process dials in as well, it is told so.
broker lines=1
m1 joins as manager on line 0 boot=b1
same opens
same > HELLO role=manager boot=b1 ids=1
expect same < ERROR code=REFUSED text~"dialled this manager already"
expect counts employees=1
