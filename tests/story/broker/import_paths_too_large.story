# A client whose import paths are too many, too long, or can be none, is told so; the others are kept.
broker lines=1
m1 joins as manager on line 0 workers=1 features=16
a joins as client session=s1
a > CONNECT corr=1 paths=["/a","/with\x00zero","/b"]
a > SUBMIT uuid=u1 body="f(1)"
expect a < ERROR code=TOO_LARGE text~"CONNECT: 1 import paths are not kept" corr=1 about=1
expect m1 < IMPORTPATH paths=["/a","/b"] session=2
expect m1 < SUBMIT session=2
