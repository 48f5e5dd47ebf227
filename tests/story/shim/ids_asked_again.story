# Each time that the ids run out the shim asks again.
shim workers=3 ids=1
hide STARTED WAITING
boss joins as boss lower=100 upper=101
w1 joins as worker in slot 0
worker 1 starts
w2 opens for workers
w2 > HELLO role=worker name="w1.1"
expect w2 < WELCOME
expect boss < IDS count=1
boss > CONNECT ranges=[(200,201)]
expect w2 < CONNECT ranges=[(200,201)]
worker 2 starts
w3 opens for workers
w3 > HELLO role=worker name="w2.1"
expect w3 < WELCOME
expect boss < IDS count=1
boss > CONNECT ranges=[(300,301)]
expect w3 < CONNECT ranges=[(300,301)]
