# What is wrong with a task in the middle of a map ends the link, and what was taken of it before is cancelled.
broker work=32
a joins as client features=1
a > SHARE number=1 body="f"
a is deaf
a sends hex=960108cf0000000000000002cf0000000000000000929b93c000000090c41075310000000000000000000000000000a6707974686f6e00cc8000a0c400019a93c000010090c0a6707974686f6e00cc8000a0c400920000
after 0 ms
expect a is closed
expect counts tasks=0 jobs=0 misbehaved=1
