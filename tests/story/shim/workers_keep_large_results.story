# While a boss reads more slowly than results come, workers keep what they have, for a second at a time: it would only wait here.
shim workers=2
hide STARTED WAITING UPDATE
boss joins as boss window=1000
w1 joins as worker in slot 0
w2 joins as worker in slot 1
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
boss > SUBMIT return_address=(nil,2,0) comp_task_id=2 body="f(2)"
expect w1 < SUBMIT return_address=(nil,1,0)
expect w2 < SUBMIT return_address=(nil,2,0)
after 100 ms
boss is silent
show ACK
w1 > RESULT return_address=(nil,1,0) completed_by=w1 body="r"*300000
expect w1 < ACK
w2 > RESULT return_address=(nil,2,0) completed_by=w2 body="r"*300000
expect nothing
after 999 ms
expect nothing
after 1 ms
expect w2 < ACK
