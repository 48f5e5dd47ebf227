# A worker that nobody spawned is refused where workers are spawned.
shim workers=1
hide STARTED WAITING
boss joins as boss
x opens for workers
x > HELLO role=worker name="forged"
expect x < ERROR code=REFUSED seq=0
