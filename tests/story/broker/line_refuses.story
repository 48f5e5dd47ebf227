# A manager that refuses the handshake is dialled again later, and its reason is in the log.
broker lines=1 redial=1000
m1 opens on line 0
expect m1 < HELLO role=boss
m1 >> ERROR code=REFUSED text="this manager has another boss"
expect m1 is closed
expect log "another boss"
after 200 ms
expect line 0 is dialled
m2 joins as manager on line 0
expect nothing
