# A boss whose connection does not come back in time is gone: its tasks are dropped, its ids too, and the workers that have them are replaced.
shim workers=1 expiry=10000
hide STARTED WAITING
boss joins as boss expiry=10000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is lost
after 9000 ms
expect nothing
after 2000 ms
expect w1 < DISCONNECT
expect w1 is closed
expect worker 0 is killed
