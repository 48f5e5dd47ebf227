# A boss that reaches this shim by two addresses of the same machine is served on the first; the other is told so, and changes nothing.
shim workers=1
hide STARTED WAITING
boss joins as boss boot=b1
w1 joins as worker in slot 0
again opens
again > HELLO role=boss boot=b1
expect again < ERROR code=REFUSED text~"serves this boss already"
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
