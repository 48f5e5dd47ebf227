# A result for a task that waits, and was sent to nobody, is discarded and counted; the task runs as it would have.
broker lines=1
m1 joins as manager on line 0 idle=0 room=0
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
a > STATUS uuid=u1
expect a < STATUS state=queued
m1 > RESULT return_address=(nil,1000,0) completed_by=m1 body="forged"
expect nothing
expect counts discarded=1 tasks=1
m1 > WAITING idle=1 room=1
expect m1 < SUBMIT return_address=(nil,1000,0)
m1 > RESULT return_address=(nil,1000,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
expect counts discarded=1 tasks=0
