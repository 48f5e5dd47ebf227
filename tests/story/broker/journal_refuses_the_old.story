# A broker with a journal refuses who would drop what it has acknowledged and not written down: clients and managers of before.
broker journal=1 lines=1
a opens
a > HELLO role=client session=s1 features=0
expect a < ERROR code=REFUSED seq=0 text~"has a journal, and a peer must have features bit 5, SAFE"
m1 opens
m1 > HELLO role=manager ids=4 features=16
expect m1 < ERROR code=REFUSED seq=0 text~"update it, or have it say SAFE and keep what is not safe (PROTOCOL.md section 3)"
m2 opens on line 0
expect m2 < HELLO role=boss features=469
m2 > WELCOME role=manager ids=4 features=16
expect m2 < ERROR code=REFUSED seq=0 text~"or run the broker without --journal"
expect m2 is closed
expect log "manager node-0:7473 is refused: mailroomd has a journal, and a peer must have features bit 5, SAFE"
after 2000 ms
expect line 0 is dialled
