# What a manager no longer has makes room: there may be 32 runtimes at a time, and any number in the course of time.
broker lines=1
m1 joins as manager on line 0 runtimes=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t
a joins as client session=s1
m1 > STARTED total_workers=1 runtimes=[(aa,""),(ab,""),(ac,""),(ad,""),(ae,""),(af,""),(ag,""),(ah,""),(ai,""),(aj,"")]
m1 > STARTED total_workers=1 runtimes=[(ba,""),(bb,""),(bc,""),(bd,""),(be,""),(bf,""),(bg,""),(bh,""),(bi,""),(bj,"")]
m1 > STARTED total_workers=1 runtimes=[(ca,""),(cb,""),(cc,""),(cd,""),(ce,""),(cf,""),(cg,""),(ch,""),(ci,""),(cj,"")]
a > SUBMIT uuid=u1 runtime=ca body="f(1)"
expect m1 < SUBMIT runtime=ca
