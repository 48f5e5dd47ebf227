# The same where managers of one host have made them up together: the one with most of them is dropped. Of one host's managers the one with more is.
broker lines=0
m1 joins as manager host=1 runtimes=q0,q1,q2,q3,q4,q5,q6,q7,q8,q9
m2 joins as manager host=1 runtimes=r0,r1,r2,r3,r4,r5,r6,r7,r8,r9,r10,r11
m3 joins as manager host=2 runtimes=s0,s1,s2,s3,s4,s5,s6,s7
m4 joins as manager host=3 runtimes=python,python/3495,bqskit,bqskit/3495
expect m2 is closed
m5 joins as manager host=4 runtimes=u0,u1
m6 joins as manager host=1 runtimes=t0,t1,t2,t3,t4,t5,t6,t7,t8,t9
expect m6 < ERROR code=TOO_LARGE text~"more than 32"
expect m6 is closed
m7 joins as manager host=1 runtimes=v0,v1,v2,v3,v4,v5,v6,v7,v8
expect m1 is closed
