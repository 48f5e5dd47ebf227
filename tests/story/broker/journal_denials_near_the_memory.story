# A denial that waits for the journal counts to its client: where there is no room for one more he hears that he may ask again later.
broker journal=1 shared=1 max_memory=600
the journal commits
a joins as client session=s1
the journal commits
a > STATUS uuid=u1 corr=1
expect a < ERROR code=BUSY uuid=u1 corr=1 about=1
a > REQUEST uuid=u1 corr=2
expect a < ERROR code=BUSY uuid=u1 corr=2 about=2
# A cancel is answered, as always.
a > CANCEL uuid=u1 corr=3
expect nothing
the journal commits
expect a < CANCEL uuid=u1 corr=3 state=unknown
