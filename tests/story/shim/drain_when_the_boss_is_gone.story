# A manager that drains and loses its boss has nothing more to do: it ends.
shim workers=1 expiry=10000
hide STARTED WAITING
boss joins as boss expiry=10000
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
boss > DRAIN grace=1000000
expect nothing
boss is lost
after 11000 ms
expect w1 < DISCONNECT
expect worker 0 is killed
expect w1 is closed
expect exit 0
