# WAITING before STARTED is out of its state: the manager is told and dropped.
broker lines=1
m1 opens on line 0
expect m1 < HELLO role=boss
m1 > WELCOME role=manager ids=2
expect m1 < CONNECT
m1 > WAITING idle=2 room=2
expect m1 < ERROR code=UNEXPECTED text~"STARTED"
expect m1 is closed
