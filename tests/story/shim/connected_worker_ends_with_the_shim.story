# Workers that connected by themselves may have got the shim's SIGTERM as well: those that go while it leaves cost no attempt.
shim workers=1 prefetch=1 only_connect=1 drain_grace=5000
hide STARTED WAITING
boss joins as boss
w1 joins as worker
boss > SUBMIT return_address=(nil,1,0) comp_task_id=1 body="f(1)"
expect w1 < SUBMIT return_address=(nil,1,0)
terminate
w1 > DISCONNECT
expect boss < EMPLOYEE_LOST ranges=[(w1,endw1)]
expect boss < RETURN reason=0 addresses=[(nil,1,0)]
expect w1 is closed
after 200 ms
expect boss < DISCONNECT
expect exit 0
