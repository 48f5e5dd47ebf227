# A client that has said nothing yet in the session that it opened is told again that it is a new one: it may not have heard so, and would take its tasks to be there.
broker
a opens
a > HELLO role=client session=s1 boot=b1
expect a < WELCOME role=boss session=nil peer_boot=nil
a is lost "reset"
b opens
b > HELLO role=client session=s1 boot=b1
expect b < WELCOME role=boss session=nil peer_boot=nil
b > COUNTS corr=1
expect b < COUNTS corr=1
b is lost "reset"
c opens
c > HELLO role=client session=s1 boot=b1
expect c < WELCOME role=boss session=s1 peer_boot=nil
