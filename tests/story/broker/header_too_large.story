# A header above the limit is TOO_LARGE; the text names the setting. A task is refused by its uuid; anything else ends the link.
broker lines=1 max_header=250
a joins as client session=s1
a > SUBMIT uuid=u1 name="nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" body="f(1)"
expect a < ERROR code=TOO_LARGE uuid=u1 text~"250 bytes (setting limits/header)"
a > CONNECT paths=["pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"]
expect a < ERROR code=TOO_LARGE uuid=nil text~"250 bytes (setting limits/header)"
expect a is closed
