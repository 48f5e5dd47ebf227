# A part's number is above the last one's, else the link ends.
broker
a joins as client features=1
a > SHARE number=2
a > SHARE number=2
expect a < ERROR code=MALFORMED text~"SHARE: its number"
expect a is closed
