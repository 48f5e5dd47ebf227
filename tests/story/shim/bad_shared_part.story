# A boss that names a part that is not open breaks the protocol: its link ends.
shim
boss joins as boss features=1
expect boss < STARTED
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 shared=5 body="x"
expect boss < ERROR code=MALFORMED text~"shared part 5"
expect boss is closed
