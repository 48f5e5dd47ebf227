# A manager that has made up runtimes leaves no place for another one's: who has most that are nobody else's is dropped, and comes back to find no place.
broker lines=0
m1 joins as manager host=1 runtimes=q0,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,q11,q12,q13,q14,q15,q16,q17,q18,q19,q20,q21,q22,q23,q24,q25,q26,q27,q28,q29
m2 joins as manager host=2 runtimes=python,python/3495,bqskit,bqskit/3495
expect m1 is closed
a joins as client session=s1 host=3
a > SUBMIT uuid=u1 runtime=python body="f"
expect m2 < SUBMIT runtime=python body="f"
m3 joins as manager host=1 runtimes=q0,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,q11,q12,q13,q14,q15,q16,q17,q18,q19,q20,q21,q22,q23,q24,q25,q26,q27,q28,q29
expect m3 < ERROR code=TOO_LARGE text~"more than 32"
expect m3 is closed
