# A manager's body that comes in pieces counts to it as it comes. Where there is no room for one it is not kept, and what it was for fails: a result, a child, a message; a log goes on without it, and so does the manager.
broker lines=1 max_memory=1000000
m1 joins as manager on line 0 workers=9 room=9 features=1
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="1"
a > SUBMIT uuid=u2 flags=1 body="2"
a > SUBMIT uuid=u3 flags=1 body="3"
a > SUBMIT uuid=u4 flags=1 body="4"
a > SUBMIT uuid=u5 flags=1 body="5"
after 0 ms
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M2,0)
expect m1 < SUBMIT return_address=(nil,M3,0)
expect m1 < SUBMIT return_address=(nil,M4,0)
expect m1 < SUBMIT return_address=(nil,M5,0)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="r"*900000
expect a < ERROR code=TOO_LARGE uuid=u1 text~"limits/memory"
m1 > SUBMIT return_address=(m1,5,0) breadcrumbs=[(nil,M2,0)] body="c"*900000
expect a < ERROR code=TOO_LARGE uuid=u2 text~"limits/memory"
expect m1 < CANCEL root=(nil,M2,0)
m1 > SUBMIT return_address=(m1,6,0) breadcrumbs=[(nil,M3,0)] body="c"
expect m1 < SUBMIT return_address=(m1,6,0)
m1 > COMMUNICATE addresses=[(m1,6,0)] body="c"*900000
expect a < ERROR code=TOO_LARGE uuid=u3 text~"limits/memory"
expect m1 < CANCEL root=(nil,M3,0)
m1 > SUBMIT return_address=(m1,7,0) breadcrumbs=[(nil,M4,0)] body="c"
expect m1 < SUBMIT return_address=(m1,7,0)
m1 > RESULT return_address=(m1,7,0) completed_by=m1 body="r"*900000
expect a < ERROR code=TOO_LARGE uuid=u4 text~"limits/memory"
expect m1 < CANCEL root=(nil,M4,0)
a > SUBMIT uuid=u6 flags=1 body="6"
expect m1 < SUBMIT return_address=(nil,M6,0)
m1 > SHARE number=1 body="s"*900000
m1 > SUBMIT return_address=(m1,8,0) breadcrumbs=[(nil,M6,0)] shared=1 body="c"
expect a < ERROR code=TOO_LARGE uuid=u6 text~"shared part that a child begins with, of 900000 bytes"
expect m1 < CANCEL root=(nil,M6,0)
m1 > LOG task=(nil,M5,0) root=(nil,M5,0) level=20 text="it runs" body="j"*900000
expect a < LOG text="it runs" body=""
m1 > RESULT return_address=(nil,M5,0) completed_by=m1 body="r"*300000
expect a < RESULT uuid=u5
expect counts tasks=0 misbehaved=0
m1 > RESULT_BATCH return_addresses=[(nil,M1,0),(nil,M2,0)] completed_by=m1 bodies=["r"*450000,"r"*450000]
expect m1 < ERROR code=BUSY text~"limits/memory"
expect m1 is closed
