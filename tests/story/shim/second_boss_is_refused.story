# A manager has one boss. A second one is refused as long as the first one lives.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED text~"another boss"
other is lost
after 600 ms
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED
other is lost
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
