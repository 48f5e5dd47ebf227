# A manager below that asks for more ids than there are makes the shim ask its boss; it gets them when the boss gives them.
shim lines=1 ids=10
hide STARTED WAITING
boss joins as boss lower=100 upper=110
m1 joins as manager on line 0 workers=8
m1 > IDS count=50
expect boss < IDS count=50
boss > CONNECT ranges=[(1000,1050)]
expect m1 < CONNECT ranges=[(1000,1050)]
