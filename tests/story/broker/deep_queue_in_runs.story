# When more is queued than there is room for, each manager gets its share in one letter.
broker lines=2
m1 joins as manager on line 0 workers=3
m2 joins as manager on line 1 workers=3 idle=0 room=0
show batches
a joins as client session=s1
m1 > WAITING idle=0 room=0
a > SUBMIT_BATCH uuid=u1 bodies=["0","1","2","3","4","5","6","7"]
expect nothing
m1 > WAITING idle=3 room=3
m2 > WAITING idle=3 room=3
expect m1 < SUBMIT_BATCH count=3
expect m1 < SUBMIT body="0"
expect m1 < SUBMIT body="1"
expect m1 < SUBMIT body="2"
expect m2 < SUBMIT_BATCH count=3
expect m2 < SUBMIT body="3"
expect m2 < SUBMIT body="4"
expect m2 < SUBMIT body="5"
