# A broker that slept beyond a broken link's expiry reads what came meanwhile first: the manager that came back in time is not lost.
broker expiry=5000
m1 joins as manager
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 is lost "reset"
asleep 6000 ms
turn
m1 comes back
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
expect counts employees=1 tasks=0
