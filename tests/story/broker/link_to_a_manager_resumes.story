# A connection to a manager breaks: the tasks that were on their way are sent again on the same link, and count as one attempt.
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
m1 is lost
expect nothing
a > SUBMIT uuid=u2 body="f(2)"
expect nothing
after 30000 ms
m1 comes back on line 0
expect m1 < SUBMIT return_address=(nil,M2,0) attempt=0
expect nothing
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
