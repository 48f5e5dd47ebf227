# A shim that slept while its boss was asked for a sign of life may find another boss's mail before the answer: the boss is asked again, and not given up.
shim workers=1
hide STARTED WAITING
boss joins as boss
w1 joins as worker in slot 0
boss is deaf
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED
other is lost
asleep 5000 ms
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED
other is lost
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
after 600 ms
other opens
other > HELLO role=boss
expect other < ERROR code=REFUSED
other is lost
