# RELEASE frees what has ended; a map's uuid is forgotten when the last slot is released, also for what follows in the same message. What is unknown, another session's or has not ended is left as it is.
broker lines=1
m1 joins as manager on line 0 workers=3
a joins as client session=s1
b joins as client session=s2
a > SUBMIT_BATCH uuid=u1 flags=2 bodies=["f(0)","f(1)","f(2)"]
expect m1 < SUBMIT return_address=(nil,M1,0)
expect m1 < SUBMIT return_address=(nil,M1,1)
expect m1 < SUBMIT return_address=(nil,M1,2)
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="zero"
m1 > RESULT return_address=(nil,M1,1) completed_by=m1 body="one"
b > RELEASE slots=[(u1,nil)]
expect counts kept=683
a > RELEASE slots=[(u1,1),(u1,1),(u1,2),(u1,3),(u2,nil)]
expect counts kept=616 jobs=1
a > REQUEST uuid=u1 slot=1 corr=1
expect a < ERROR code=UNKNOWN_TASK corr=1
a > REQUEST uuid=u1 slot=0
expect a < RESULT return_address=(nil,M1,0) body="zero"
a > STATUS uuid=u1
expect a < STATUS state=running done=2 running=1
a > RELEASE slots=[(u1,nil)]
a > RELEASE slots=[(u1,nil)]
expect counts kept=548 jobs=1
m1 > RESULT return_address=(nil,M1,2) completed_by=m1 body="two"
expect counts kept=275 jobs=1
a > RELEASE slots=[(u1,0),(u1,nil),(u1,2),(u1,nil)]
expect counts kept=0 jobs=0
a > STATUS uuid=u1
expect a < STATUS state=unknown
