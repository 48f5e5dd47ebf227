# A manager that dialled in and begins a new link, being the same process, is one employee: its old link is lost at once.
broker
m1 joins as manager boot=b1 link=l1
again opens
again > HELLO role=manager boot=b1 link=l2 ids=1
expect m1 is closed
expect again < WELCOME peer_boot=nil
expect log "is gone: its process began a new link"
expect again < CONNECT
expect counts employees=1
