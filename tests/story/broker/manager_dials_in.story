# A manager that cannot be dialled dials the broker's own port, and is a manager like any other: tasks, results, a broken connection that heals.
broker
m1 joins as manager workers=2
expect log "manager dialled in (m1, story) is connected"
a joins as client session=s1
a > SUBMIT uuid=u1 flags=1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(1)"
m1 is lost "reset"
m1 comes back
m1 > RESULT return_address=(nil,M1,0) completed_by=m1 body="1"
expect a < RESULT uuid=u1 body="1"
expect counts employees=1 tasks=0 misbehaved=0
