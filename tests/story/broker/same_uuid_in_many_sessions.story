# Clients may use one uuid for a task each; that it is looked for among all of these is work of who asks, and others are heard meanwhile.
broker lines=1 work=128
b joins as client session=s1
c joins as client session=s2
d joins as client session=s3
e joins as client session=s4
f joins as client session=s5
g joins as client session=s6
h joins as client session=s7
i joins as client session=s8
a joins as client session=s9
a > SUBMIT uuid=u9
a > CANCEL uuid=u9 corr=1
b > SUBMIT uuid=u1
c > SUBMIT uuid=u1
d > SUBMIT uuid=u1
e > SUBMIT uuid=u1
f > SUBMIT uuid=u1
g > SUBMIT uuid=u1
h > SUBMIT uuid=u1
i > SUBMIT uuid=u1
expect a < CANCEL corr=1
expect counts jobs=9
a > RELEASE slots=[(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u1,0),(u2,0),(u9,nil)]
expect counts jobs=9
after 0 ms
expect counts jobs=8
