# Where there are as many clients as may be, the session that has been absent for longest and has neither tasks nor results makes room.
broker lines=1 max_clients=4
m1 joins as manager on line 0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=2 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body=""
b joins as client session=s2
b > SUBMIT uuid=u2 body="f(2)"
c joins as client session=s3
c > SUBMIT uuid=u3 flags=1 body="f(3)"
d joins as client session=s4
m1 > WAITING idle=1 room=2
expect m1 < SUBMIT body="f(2)"
expect m1 < SUBMIT return_address=(nil,M3,0) body="f(3)"
m1 > RESULT return_address=(nil,M3,0) completed_by=m1 body="3"
expect c < RESULT uuid=u3
after 200 ms
a > DISCONNECT detach=1
b > DISCONNECT detach=1
c > DISCONNECT detach=1
d > DISCONNECT detach=1
expect a < DISCONNECT
expect a is closed
expect b < DISCONNECT
expect b is closed
expect c < DISCONNECT
expect c is closed
expect d < DISCONNECT
expect d is closed
e joins as client session=s5
f joins as client session=s6
expect counts clients=4 absent=2
g opens
g > HELLO role=client session=s7
expect g < ERROR code=BUSY text~"2 are absent"
h opens
h > HELLO role=client session=s1
expect h < WELCOME session=s1
h > REQUEST uuid=u1
expect h < RESULT uuid=u1
