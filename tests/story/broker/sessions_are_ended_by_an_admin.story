# An admin ends all sessions of a client, or of a key, by its name: their tasks are cancelled, and who is here is told, so that it does not come back by itself. His own stays.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1 name="lab7" key=client:alice
b joins as client session=s2 name="lab8" key=client:alice
c joins as client session=s3 name="lab9" key=client:bob
d joins as client session=s4 name="lab7" key=admin:root
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > DISCONNECT detach=1
expect b < DISCONNECT
expect b is closed
d > CLIENTS corr=1 end="nobody"
expect d < CLIENTS corr=1 end="nobody" clients=[]
d > CLIENTS corr=2 end="lab7"
expect d < CLIENTS corr=2 end="lab7"
expect a < ERROR code=TAKEN text~"ended by the admin lab7"
expect a is closed
expect m1 < CANCEL root=(nil,M1,0)
expect counts clients=3 absent=1 tasks=0
d > CLIENTS corr=3 end="alice"
expect d < CLIENTS corr=3 end="alice"
expect counts clients=2 absent=0
c > CLIENTS corr=4 end="root"
expect c < ERROR code=REFUSED
expect counts clients=2
