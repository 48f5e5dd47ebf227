# STARTED before the manager has ids, with more workers than there are ids, or with too many runtimes.
broker lines=3
m1 opens on line 0
expect m1 < HELLO
m1 > WELCOME role=manager ids=0
m1 > STARTED total_workers=1 runtimes=[(python,"3.11")]
expect m1 < ERROR code=UNEXPECTED text~"STARTED"
expect m1 is closed
m2 joins as manager on line 1
m2 > STARTED total_workers=2000000000 runtimes=[(python,"3.11")]
expect m2 < ERROR code=TOO_LARGE text~"total_workers"
expect m2 is closed
m3 joins as manager on line 2
m3 > STARTED total_workers=1 runtimes=[(a,""),(b,""),(c,""),(d,""),(e,""),(f,""),(g,""),(h,""),(i,""),(j,""),(k,""),(l,""),(m,""),(n,""),(o,""),(p,""),(q,""),(r,""),(s,""),(t,""),(u,""),(v,""),(w,""),(x,""),(y,""),(z,""),(aa,""),(ab,""),(ac,""),(ad,""),(ae,""),(af,""),(ag,""),(ah,"")]
expect m3 < ERROR code=TOO_LARGE text~"runtimes"
expect m3 is closed
