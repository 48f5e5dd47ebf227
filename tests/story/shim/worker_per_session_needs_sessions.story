# A boss that does not say whose tasks are cannot have workers that run those of one session only.
shim workers=1 per_session=1
boss opens
boss > HELLO role=boss features=0
expect boss < ERROR code=REFUSED text~"too old to say whose tasks are: update it"
