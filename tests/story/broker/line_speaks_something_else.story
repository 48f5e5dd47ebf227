# A web server at a manager's address, and a manager of another version, are dropped and dialled again later.
broker lines=2 redial=1000
m1 opens on line 0
expect m1 < HELLO
m1 sends text="HTTP/1.1 400 Bad Request"
expect m1 is closed
expect log "does not speak this protocol"
m2 opens on line 1
expect m2 < HELLO
m2 >> WELCOME role=manager version=2
expect m2 is closed
expect log "of the protocol, and this side version 1"
after 200 ms
expect line 0 is dialled
expect line 1 is dialled
