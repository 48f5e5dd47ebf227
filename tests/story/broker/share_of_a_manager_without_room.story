# Parts that a manager shares count to it: near the bound on all that is kept the next one is not kept, and the root of a child that begins with it fails; others go on.
broker lines=1 max_memory=100000
m1 joins as manager on line 0 workers=2 features=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f"
a > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > SHARE number=1 body="x"*80000
m1 > SHARE number=2 body="x"*10000
m1 > SUBMIT return_address=(m1,5,0) breadcrumbs=[(nil,M1,0)] shared=2 body="c"
expect a < ERROR code=TOO_LARGE uuid=u1 text~"limits/memory"
expect m1 < CANCEL root=(nil,M1,0)
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="1"
expect a < RESULT uuid=u2
m1 > UNSHARE number=1
m1 > SHARE number=3 body="x"*10000
m1 > DISCONNECT
expect m1 is closed
