# A worker's body that comes in pieces is kept beyond the manager's memory until it is whole; then it fails its task, and nothing of it is kept.
shim workers=1 max_memory=100000
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
a opens
w1 > CHUNK length=300000 body="r"*262144
a >> COUNTS corr=1 seq=0
expect a < COUNTS corr=1 counts=[(uptime,0),(boss,1),(wanted,1),(draining,0),(respawned,0),(submitted,1),(finished,0),(failed,0),(cancelled,0),(kept,262144),(managers,0),(workers,1),(idle,0),(tasks,1),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime python",1)]
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="r"*37856
expect boss < ERROR code=TOO_LARGE task=(nil,7,0) text~"limits/memory"
after 1000 ms
a >> COUNTS corr=2 seq=0
expect a < COUNTS corr=2 counts=[(uptime,1000),(boss,1),(wanted,1),(draining,0),(respawned,0),(submitted,1),(finished,1),(failed,1),(cancelled,0),(kept,0),(managers,0),(workers,1),(idle,0),(tasks,0),(queued,0),(memory,0),(discarded,0),(misbehaved,0),("runtime python",1)]
