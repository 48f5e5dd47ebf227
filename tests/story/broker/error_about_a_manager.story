# An error of the manager itself names no task: it goes to the log, and nobody is ended.
# (DetachedServer.handle_system_error; there, the server shuts down.)
broker lines=1
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > ERROR code=MALFORMED text="disk is full"
expect log "disk is full"
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1
