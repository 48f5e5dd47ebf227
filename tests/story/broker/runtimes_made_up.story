# A client that makes up runtimes fills its share of the table, not that which is kept for managers: they still bring new ones.
broker lines=1
a joins as client session=s1
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
a > SUBMIT uuid=u14 runtime="r14"
a > SUBMIT uuid=u15 runtime="r15"
a > SUBMIT uuid=u16 runtime="r16"
a > SUBMIT uuid=u17 runtime="r17"
expect a < ERROR code=TOO_LARGE uuid=u17
m1 joins as manager on line 0 runtimes=python
a > SUBMIT uuid=u18 runtime=python body="f"
expect m1 < SUBMIT runtime=python body="f"
