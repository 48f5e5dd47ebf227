# What answers in another role is no manager.
broker lines=1 redial=1000
m1 opens on line 0
expect m1 < HELLO role=boss
m1 >> WELCOME role=worker
expect m1 is closed
expect log "not a manager"
after 200 ms
expect line 0 is dialled
