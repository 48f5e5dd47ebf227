# Untrue: the log says something else.
broker
a joins as client session=s1
expect log "b joined"
