# A manager below that asks for more ids than there are, or has more workers than there are ids, does not end its shim.
shim lines=3 ids=10 max_ids=1073741824
hide WAITING
boss joins as boss lower=100 upper=110
expect boss < STARTED total_workers=0
m1 opens on line 0
expect m1 < HELLO
m1 > WELCOME role=manager ids=2000000000
expect m1 < ERROR code=REFUSED text~"limits/ids"
expect m1 is closed
expect log "limits/ids"
m2 joins as manager on line 1 workers=1073741824 ids=1
expect boss < STARTED total_workers=1073741824
m3 joins as manager on line 2 workers=1073741824 ids=1
expect boss < STARTED total_workers=1073741824
m2 > IDS count=1073741823
m3 > IDS count=1073741823
expect boss < IDS count=1073741823
