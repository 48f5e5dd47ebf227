# An address that was missed and is found again before its link is over goes on as before.
broker redial=1000 expiry=5000
line 3 is found "node:7473"
m1 joins as manager on line 3
line 3 is missed
m1 is lost "reset"
after 2000 ms
expect nothing
line 3 is found "node:7473"
expect line 3 is dialled
m1 comes back on line 3
expect counts employees=1
