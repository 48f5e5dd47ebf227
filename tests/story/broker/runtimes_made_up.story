# A client that makes up runtimes fills its share of the table, not that which is kept for managers, nor all that clients have: others' first task is taken.
broker lines=1
a joins as client session=s1 host=1
b joins as client session=s2 host=2
a > SUBMIT uuid=u1 runtime="r1"
a > SUBMIT uuid=u2 runtime="r2"
a > SUBMIT uuid=u3 runtime="r3"
a > SUBMIT uuid=u4 runtime="r4"
a > SUBMIT uuid=u5 runtime="r5"
a > SUBMIT uuid=u6 runtime="r6"
a > SUBMIT uuid=u7 runtime="r7"
a > SUBMIT uuid=u8 runtime="r8"
a > SUBMIT uuid=u9 runtime="r9"
a > SUBMIT uuid=u10 runtime="r10"
a > SUBMIT uuid=u11 runtime="r11"
a > SUBMIT uuid=u12 runtime="r12"
a > SUBMIT uuid=u13 runtime="r13"
expect a < ERROR code=BUSY uuid=u13 text~"runtime"
a > CANCEL uuid=u1
expect a < CANCEL
a > SUBMIT uuid=u13 runtime="r13"
expect counts tasks=12
b > SUBMIT uuid=v1 runtime=python body="f"
m1 joins as manager on line 0 runtimes=python,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,q11,q12,q13,q14,q15,q16
expect m1 < SUBMIT runtime=python body="f"
