# The shim spawns its workers, gives each an id out of its boss's range, and says STARTED and WAITING when they are up.
shim workers=2 prefetch=1
boss joins as boss lower=100 upper=200
expect worker 0 is spawned
expect worker 1 is spawned
expect boss < STARTED total_workers=0 runtimes=[]
w1 joins as worker in slot 0 runtimes=bqskit,python
w2 joins as worker in slot 1 runtimes=bqskit,python
expect boss < STARTED total_workers=1 runtimes=[(bqskit,"1"),(python,"1")]
expect boss < WAITING idle=1 room=2 receipt=0
expect boss < STARTED total_workers=2 runtimes=[(bqskit,"1"),(python,"1")]
expect boss < WAITING idle=2 room=3 receipt=0
