# A boss that does not say whose tasks are cannot have workers that run those of one session only.
shim workers=1 per_session=1
boss opens
boss > HELLO role=boss features=0
expect boss < ERROR code=REFUSED text~"lacks features bit 4, SESSIONS, by which it would say whose tasks are: update it"
