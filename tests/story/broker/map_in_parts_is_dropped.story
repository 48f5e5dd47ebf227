# A map that was not all taken when its client's link ended is not acknowledged: what was taken is cancelled, and the client's next submit of the same uuid is a new one.
broker lines=1 work=4
m1 joins as manager on line 0 workers=1
a joins as client session=s1
a is deaf
a > SUBMIT_BATCH uuid=u1 bodies=["f(0)","f(1)","f(2)","f(3)","f(4)","f(5)","f(6)","f(7)","f(8)"]
turn
turn
expect m1 < SUBMIT return_address=(nil,M1,0) body="f(0)"
a is lost "cable"
a2 joins as client session=s1
after 0 ms
expect m1 < CANCEL root=(nil,M1,0)
a2 > SUBMIT_BATCH uuid=u1 bodies=["g(0)","g(1)"]
m1 > WAITING idle=1 room=2
after 0 ms
expect m1 < SUBMIT return_address=(nil,M2,0) body="g(0)"
expect m1 < SUBMIT return_address=(nil,M2,1) body="g(1)"
expect counts tasks=2 jobs=1
