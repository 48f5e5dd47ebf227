# What a worker said before it ended, and waited for its turn, is acted on: its results count, and nothing is given out again.
shim workers=1 work=8 respawn_first=100
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w1 > WAITING idle=1 room=3
boss > SUBMIT_BATCH return_address=(nil,7,0) comp_task_id=7 bodies=["f(0)","f(1)","f(2)"]
after 0 ms
expect w1 < SUBMIT return_address=(nil,7,0)
expect w1 < SUBMIT return_address=(nil,7,1)
expect w1 < SUBMIT return_address=(nil,7,2)
w1 > RESULT_BATCH return_addresses=[(nil,7,0),(nil,7,1),(nil,7,2)] completed_by=w1 bodies=["0","1","2"]
worker 0 exits "was killed by signal 9 (Killed)"
expect boss < RESULT return_address=(nil,7,0)
expect boss < RESULT return_address=(nil,7,1)
expect boss < RESULT return_address=(nil,7,2)
expect w1 is closed
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect counts tasks=0 finished=3
after 5000 ms
expect worker 0 is spawned
