# Children of a worker for which there is much to do are taken a part at a time, and messages to them stay behind them.
shim workers=2 work=64
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f"
expect w1 < SUBMIT return_address=(nil,7,0)
w1 > SUBMIT_BATCH return_address=(w1,5,0) comp_task_id=7 breadcrumbs=[(nil,7,0)] bodies=["g(0)","g(1)","g(2)"]
w1 > COMMUNICATE addresses=[(w1,5,0),(w1,5,1),(w1,5,2)] body="hurry"
after 0 ms
expect w2 < SUBMIT return_address=(w1,5,0)
expect w2 < COMMUNICATE addresses=[(w1,5,0)] body="hurry"
expect boss < SUBMIT return_address=(w1,5,1)
expect boss < SUBMIT return_address=(w1,5,2)
expect boss < COMMUNICATE addresses=[(w1,5,1),(w1,5,2)] body="hurry"
