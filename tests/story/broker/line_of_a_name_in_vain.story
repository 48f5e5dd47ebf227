# An address that never answered is forgotten as soon as its name has it no more.
broker redial=1000
line 0 is found "node:7473"
expect line 0 is dialled
line 0 is missed
expect nothing
line 0 is refused "connection refused"
expect line 0 is forgotten
line 0 is found "node:7473"
expect line 0 is dialled
line 0 is refused "connection refused"
line 0 is missed
expect line 0 is forgotten
line 0 is found "node:7473"
expect line 0 is dialled
line 0 is missed
late opens on line 0
expect late is closed
expect line 0 is forgotten
after 5000 ms
expect nothing
