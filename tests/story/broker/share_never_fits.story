# A shared part in pieces that is larger than all that its client may have is refused for good, with the tasks that begin with it: none of it was kept, but for how large it is.
broker lines=1 max_session_bytes=1000
a joins as client features=1
a > SHARE number=1 body="x"*300000
a > SUBMIT uuid=u1 shared=1 body="y"
expect a < ERROR code=TOO_LARGE uuid=u1 text~"than the 1000 that"
a > UNSHARE number=1
expect nothing
