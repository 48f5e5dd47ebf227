# Each session's lease begins when its own client goes; who comes back in time keeps his.
broker lease=10000
a joins as client session=s1
b joins as client session=s2
c joins as client session=s3
a > DISCONNECT corr=1 detach=1
expect a < DISCONNECT corr=1
expect a is closed
after 4000 ms
b > DISCONNECT corr=1 detach=1
expect b < DISCONNECT corr=1
expect b is closed
after 4000 ms
c > DISCONNECT corr=1 detach=1
expect c < DISCONNECT corr=1
expect c is closed
expect counts clients=3 absent=3
b opens
b > HELLO role=client session=s2
expect b < WELCOME session=s2
expect counts clients=3 absent=2
after 2000 ms
expect counts clients=2 absent=1
after 7000 ms
expect counts clients=2 absent=1
after 1000 ms
expect counts clients=1 absent=0
# and b goes again: a lease of the full time
b > DISCONNECT corr=2 detach=1
expect b < DISCONNECT corr=2
expect b is closed
after 9000 ms
expect counts clients=1 absent=1
after 1000 ms
expect counts clients=0 absent=0
