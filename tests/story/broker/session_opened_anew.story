# A token that the broker does not know opens a new session, and the WELCOME says so.
broker
a opens
a > HELLO role=client session=s1
expect a < WELCOME role=boss session=nil peer_boot=nil
