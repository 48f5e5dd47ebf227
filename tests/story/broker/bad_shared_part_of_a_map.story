# All tasks of a map name one shared part, or none; else the link ends.
broker
a joins as client features=1
a > SHARE number=1 body="f"
a is deaf
a sends hex=960108cf0000000000000002cf0000000000000000929b93c000000090c41075310000000000000000000000000000a6707974686f6e00cc8000a0c400019a93c000010090c0a6707974686f6e00cc8000a0c400920000
expect a is closed
expect log "one shared part"
expect counts tasks=0 jobs=0 misbehaved=1
