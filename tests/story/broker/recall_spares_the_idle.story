# A manager that has an idle worker itself is not asked for what it has queued, nor one without a connection.
broker lines=3
m1 joins as manager on line 0 idle=1 room=2
m2 joins as manager on line 1 idle=0 room=0
m3 joins as manager on line 2 idle=0 room=0
m1 > WAITING idle=1 room=1 queued=1
m2 > WAITING idle=0 room=0 queued=1
m2 is lost
m3 > WAITING idle=1 room=1
expect nothing
m1 > WAITING idle=0 room=0 queued=1
expect m1 < RECALL count=1 runtimes=[python]
