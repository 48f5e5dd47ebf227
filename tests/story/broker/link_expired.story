# A client that comes back after its link expired begins a new one; its session goes on, with its tasks. A SUBMIT that it repeats is not executed again.
broker lines=1 client_expiry=10000
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
a is lost
after 11000 ms
expect nothing
expect counts clients=1 absent=1 tasks=1
a opens
a > HELLO role=client session=s1
expect a < WELCOME session=s1 peer_boot=nil
expect counts clients=1 absent=0
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect a < STATUS corr=nil uuid=u1 state=running attempts=1 manager="m1"
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
