# A shim's boss has a broker's key, or a manager's; its workers have workers' keys.
shim workers=1 only_connect=1
boss opens key=client:alice
boss > HELLO role=boss
expect boss < ERROR code=REFUSED text~"the key alice has the role client"
w1 opens for workers key=manager:m1
w1 > HELLO role=worker
expect w1 < ERROR code=REFUSED text~"the key m1 has the role manager"
b1 joins as boss key=broker:broker
expect b1 < STARTED total_workers=0
w2 joins as worker key=worker:w1
expect b1 < STARTED total_workers=1
expect b1 < WAITING idle=1
