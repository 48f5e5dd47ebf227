# Managers of one host, or of one key, are one account together: what they share leaves room for others, however many there are of them, and each of them has its part of it.
broker max_memory=400000
m1 joins as manager host=7 remote=1 idle=0 room=0 features=1
m2 joins as manager host=7 remote=1 idle=0 room=0 features=1
m3 joins as manager host=7 remote=1 idle=0 room=0 features=1
m4 joins as manager host=7 remote=1 idle=0 room=0 features=1
m1 > SHARE number=1 body="x"*80000
m2 > SHARE number=1 body="x"*80000
m3 > SHARE number=1 body="x"*80000
m4 > SHARE number=1 body="x"*70000
m5 joins as manager host=7 remote=1 features=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f"
expect m5 < SUBMIT return_address=(nil,M1,0)
m5 > SHARE number=1 body="x"*70000
m5 > SUBMIT return_address=(m5,5,0) breadcrumbs=[(nil,M1,0)] shared=1 body="c"
expect a < ERROR code=TOO_LARGE uuid=u1 text~"shared part that a child begins with"
expect m5 < CANCEL root=(nil,M1,0)
m6 joins as manager host=8 remote=1 features=1
a > SUBMIT uuid=u2 flags=1 body="g"
expect m6 < SUBMIT return_address=(nil,M2,0)
m6 > SHARE number=1 body="x"*30000
m6 > SUBMIT return_address=(m6,6,0) breadcrumbs=[(nil,M2,0)] shared=1 body="c"
expect nothing
expect counts tasks=2
