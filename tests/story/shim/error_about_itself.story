# An error that names no task, of a worker or of the boss, goes to the log, and nobody is ended.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > ERROR code=MALFORMED text="cannot write to /tmp"
boss > ERROR code=MALFORMED text="that was odd"
expect log "cannot write to /tmp"
expect log "that was odd"
expect nothing
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT
