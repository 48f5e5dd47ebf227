# A broker that slept while a line was broken dials it before it declares its manager dead.
broker lines=1 expiry=5000 redial=1000
m1 joins as manager on line 0
m1 is lost "reset"
asleep 6000 ms
expect line 0 is dialled
m1 comes back on line 0
after 1000 ms
expect counts employees=1
