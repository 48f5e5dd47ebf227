# What a web browser would send is MALFORMED, from a peer that never shook hands.
broker
a opens
a sends text="GET / HTTP/1.1"
expect a < ERROR code=MALFORMED seq=0
