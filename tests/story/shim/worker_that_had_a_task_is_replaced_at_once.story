# A worker that dies after it was given a task is replaced at once, however often: what ended it may be the task, and its boss sees to that. Only those that die before count as dying young.
shim workers=1 respawn_first=100 respawn_most=30000 worker_young=10000
hide STARTED WAITING EMPLOYEE_LOST
boss joins as boss
worker 0 starts
worker 0 exits "exited with status 1"
after 100 ms
expect worker 0 is spawned
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
worker 0 exits "was killed by signal 9 (Killed)"
expect log "at once"
expect boss < RETURN reason=2 addresses=[(nil,1,0)]
expect w1 is closed
expect worker 0 is spawned
w2 joins as worker in slot 0
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w2 < SUBMIT return_address=(nil,2,0)
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < RETURN reason=2 addresses=[(nil,2,0)]
expect w2 is closed
expect worker 0 is spawned
# and the pause is the first one again
worker 0 starts
worker 0 exits "exited with status 1"
after 99 ms
expect nothing
after 1 ms
expect worker 0 is spawned
