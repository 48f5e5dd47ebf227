# A worker that this manager did not start, or did not start now, is told which of these it is, and so is the log.
shim workers=1
hide STARTED WAITING
boss joins as boss
x opens for workers
x > HELLO role=worker name="w0.7"
expect log "a worker is refused: no worker of the name w0.7 runs here now"
expect x < ERROR code=REFUSED seq=0 text~"no worker of the name w0.7 runs here now: a worker gives the name that it was started with (MAILROOM_WORKER)"
y opens for workers
y > HELLO role=worker name=""
expect y < ERROR code=REFUSED seq=0 text~"a worker gives its name"
w1 joins as worker in slot 0
z opens for workers
z > HELLO role=worker name="w0.1"
expect z < ERROR code=REFUSED seq=0 text="the worker w0.1 is connected already"
