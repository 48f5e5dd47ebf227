# Answers that have waited for the journal are given a few in a turn, in order, however many it has let go: nobody else waits for all of them.
broker journal=1 work=32
the journal commits
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 runtime=python body="f(1)"
after 0 ms
a > SUBMIT uuid=u1 runtime=python body="f(1)"
a > CANCEL uuid=u1 corr=1
a > CANCEL uuid=u1 corr=2
after 0 ms
expect nothing
the journal commits
b > STATUS uuid=u2 corr=3
expect b < STATUS corr=3
expect a < STATUS uuid=u1 corr=nil
expect nothing
turn
expect a < CANCEL corr=1
expect nothing
# what is safe already does not overtake them
a > CANCEL uuid=u1 corr=4
expect a < CANCEL corr=2
expect nothing
after 0 ms
expect a < CANCEL corr=4
