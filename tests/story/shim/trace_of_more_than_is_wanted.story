# Of more tasks than a boss wants to hear of in ten seconds it hears how many they were, with the next one that it hears of; nobody measures them.
shim workers=2
hide STARTED WAITING
boss joins as boss features=384
w1 joins as worker in slot 0 features=128
w2 joins as worker in slot 1 features=128
boss > TRACE count=1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 flags=16 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
w2 > WAITING idle=1 room=12
w1 > SUBMIT_BATCH return_address=(w1,1,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g","g","g","g","g","g","g","g","g","g","g","g"]
expect w2 < SUBMIT return_address=(w1,1,0) flags=16
expect w2 < SUBMIT return_address=(w1,1,1) flags=16
expect w2 < SUBMIT return_address=(w1,1,2) flags=16
expect w2 < SUBMIT return_address=(w1,1,3) flags=16
expect w2 < SUBMIT return_address=(w1,1,4) flags=16
expect w2 < SUBMIT return_address=(w1,1,5) flags=16
expect w2 < SUBMIT return_address=(w1,1,6) flags=16
expect w2 < SUBMIT return_address=(w1,1,7) flags=16
expect w2 < SUBMIT return_address=(w1,1,8) flags=16
expect w2 < SUBMIT return_address=(w1,1,9) flags=16
expect w2 < SUBMIT return_address=(w1,1,10) flags=0
expect w2 < SUBMIT return_address=(w1,1,11) flags=0
w2 > RESULT return_address=(w1,1,11) completed_by=w2 body="1"
expect w1 < RESULT return_address=(w1,1,11)
expect nothing
w2 > RESULT return_address=(w1,1,0) completed_by=w2 ran=5 cpu=4 memory=3 body="1"
expect w1 < RESULT return_address=(w1,1,0)
expect boss < TRACE count=2 task=(w1,1,0) ran=5
w2 > RESULT return_address=(w1,1,1) completed_by=w2 ran=5 cpu=4 memory=3 body="1"
expect w1 < RESULT return_address=(w1,1,1)
expect boss < TRACE count=0 task=(w1,1,1)
