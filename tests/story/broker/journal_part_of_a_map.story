# Of a map of which only a part was taken and written down, nothing is left after the broker's death: its client has no acknowledgement, and says it again.
broker journal=1 work=8
the journal commits
a joins as client session=s1
the journal commits
a > SUBMIT_BATCH uuid=u1 flags=1 runtime=python bodies=["g(0)","g(1)","g(2)","g(3)","g(4)","g(5)"]
a > COUNTS corr=1
the journal commits
the broker dies
turn
turn
turn
expect counts jobs=0 tasks=0 clients=1
