# A shim that dials its boss shakes hands as a manager, and is one like any other; a broken connection is dialled again and the link goes on.
shim workers=1 dials=1 redial=1000 ids=50
expect line 0 is dialled
line 0 is refused "connection refused"
expect log "cannot connect to boss boss:7472: connection refused"
after 101 ms
expect line 0 is dialled
boss opens on line 0
expect boss < HELLO role=manager ids=50
boss > WELCOME role=boss
hide STARTED WAITING
boss > CONNECT ranges=[(100,150)]
w1 joins as worker in slot 0
boss > SUBMIT return_address=(nil,7,0) comp_task_id=7 body="f(1)"
expect w1 < SUBMIT return_address=(nil,7,0)
boss is lost "reset"
w1 > RESULT return_address=(nil,7,0) completed_by=w1 body="1"
after 101 ms
expect line 0 is dialled
boss comes back on line 0
expect boss < RESULT return_address=(nil,7,0) body="1"
