# Children count to their root's session, and cannot wait for room: the root of one that is too much fails, nobody else's.
broker lines=1 max_session_bytes=5000
m1 joins as manager on line 0 workers=3
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f"
expect m1 < SUBMIT return_address=(nil,M1,0)
b joins as client session=s2
b > SUBMIT uuid=u2 flags=1 body="g"
expect m1 < SUBMIT return_address=(nil,M2,0)
m1 > SUBMIT return_address=(m1,5,0) breadcrumbs=[(nil,M1,0)] body="c"*2000
expect m1 < SUBMIT return_address=(m1,5,0)
m1 > SUBMIT return_address=(m1,5,1) breadcrumbs=[(nil,M1,0)] body="c"*2000
m1 > SUBMIT return_address=(m1+1,7,0) breadcrumbs=[(nil,M2,0)] body="c"*2000
expect a < ERROR code=TOO_LARGE uuid=u1 text~"limits/session-bytes"
expect m1 < CANCEL root=(nil,M1,0)
expect counts tasks=2
