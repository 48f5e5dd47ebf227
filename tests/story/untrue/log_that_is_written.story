# Untrue: the log says "a joined"
broker
a joins as client session=s1
expect no log "a joined"
