# Anybody who may connect can ask a shim how it is, before any handshake and beside its boss: whether it has one, how many workers it wants and has, and for what.
shim workers=2
a opens
a >> COUNTS corr=1 seq=0
expect a < COUNTS corr=1 seq=0 counts=[(uptime,0),(boss,0),(wanted,2),(draining,0),(respawned,0),(submitted,0),(finished,0),(failed,0),(cancelled,0),(kept,0),(managers,0),(workers,0),(idle,0),(tasks,0),(queued,0),(memory,0),(discarded,0),(misbehaved,0)]
boss joins as boss lower=100 upper=200
expect boss < STARTED total_workers=0
w1 joins as worker in slot 0 runtimes=plain
expect boss < STARTED
expect boss < WAITING
after 2000 ms
a >> COUNTS corr=2 seq=0
expect a < COUNTS corr=2 counts=[(uptime,2000),(boss,1),(wanted,2),(draining,0),(respawned,0),(submitted,0),(finished,0),(failed,0),(cancelled,0),(kept,0),(managers,0),(workers,1),(idle,1),(tasks,0),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime plain",1)]
boss is lost
a >> COUNTS corr=3 seq=0
expect a < COUNTS corr=3 counts=[(uptime,2000),(boss,0),(wanted,2),(draining,0),(respawned,0),(submitted,0),(finished,0),(failed,0),(cancelled,0),(kept,0),(managers,0),(workers,1),(idle,1),(tasks,0),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime plain",1)]
