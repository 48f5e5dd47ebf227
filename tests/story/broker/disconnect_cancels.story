# A client that disconnects has its tasks cancelled; other clients' go on. (DetachedServer.handle_disconnect)
broker lines=1
m1 joins as manager on line 0 workers=2
a joins as client session=s1
b joins as client session=s2
a > SUBMIT uuid=u1 body="f(1)"
expect m1 < SUBMIT return_address=(nil,M1,0)
b > SUBMIT uuid=u2 body="f(2)"
expect m1 < SUBMIT return_address=(nil,M2,0)
a > DISCONNECT corr=9 detach=0
expect a < DISCONNECT corr=9
expect a is closed
expect m1 < CANCEL addresses=[(nil,M1,0)]
expect nothing
m1 > RESULT return_address=(nil,M2,0) completed_by=m1 body="2"
b > REQUEST uuid=u2
expect b < RESULT uuid=u2 body="2"
