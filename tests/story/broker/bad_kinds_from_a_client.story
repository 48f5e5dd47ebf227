# What only employees send, and what only a boss sends, is refused from a client each time.
broker
a joins as client session=s1
a > WAITING idle=1 room=1
expect a < ERROR code=UNEXPECTED text~"WAITING"
expect a is closed
b joins as client session=s2
b > COMMUNICATE addresses=[(nil,1000,0)] body="x"
expect b < ERROR code=UNEXPECTED
expect b is closed
c joins as client session=s3
c > READY
expect c < ERROR code=UNEXPECTED
expect c is closed
d joins as client session=s4
d > LOG task=(nil,1000,0) root=(nil,1000,0) level=20 logger="x" text="x"
expect d < ERROR code=UNEXPECTED
expect d is closed
e joins as client session=s5
e > STARTED total_workers=1 runtimes=[]
expect e < ERROR code=UNEXPECTED
expect e is closed
