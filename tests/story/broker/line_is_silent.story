# What takes the connection and says nothing is given up after a while, and dialled again.
broker lines=1 redial=1000
m1 opens on line 0
expect m1 < HELLO
after 60000 ms
expect m1 is closed
expect log "does not answer"
